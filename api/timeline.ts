import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { RecordState } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';
import type { Engine } from '../records/engine.ts';
import { readTimeline } from '../records/timeline.ts';
import type { Place } from '../records/timeline.ts';
import type { Page, TimelineEntry } from './contract.ts';
import { nextLink } from './links.ts';
import { Query } from './query.ts';

const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const placeShape = z.strictObject({ seq: count, deliveries: count });

const start: Place = { seq: 0, deliveries: 0 };

function encodePlace(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function decodePlace(text: string): Place | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return placeShape.safeParse(data).data;
  } catch {
    return undefined;
  }
}

/** Answers with one page of a record's timeline. */
export async function sendTimeline(
  engine: Engine,
  record: RecordState,
  actor: Actor,
  req: Request,
  res: Response,
): Promise<void> {
  const query = new Query(req, ['limit', 'cursor']);
  const cursor = query.one('cursor');
  const after = cursor === undefined ? start : decodePlace(cursor);
  if (after === undefined) return query.refuse('cursor', 'must be a nextCursor of this timeline');
  const { entries, next } = await readTimeline(engine, record, actor, {
    after,
    limit: query.limit(),
  });
  const items = entries.map(({ at, recordedAt, ...rest }) => ({
    ...rest,
    at: toIso(at),
    recordedAt: toIso(recordedAt),
  }));
  const nextCursor = next === null ? null : encodePlace(next);
  if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
  res.json({ items, nextCursor } satisfies Page<TimelineEntry>);
}
