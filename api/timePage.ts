import type { Request, Response } from 'express';
import type { Instant } from '../domain/time.ts';
import { nextLink } from './links.ts';
import type { Query } from './query.ts';

/** The place after a row in a list that is by time, then by number or key. */
export interface Place {
  readonly at: Instant;
  readonly id: string;
}

const PLACE = /^(\d{1,15}) ([A-Z]{2,5}-\d{1,16}(?:\/\d{1,9}){0,2})$/;
const LAST_MOMENT = 8.64e15 / 100;

function encode({ at, id }: Place): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}

function readPlace(query: Query): Place | undefined {
  const text = query.one('cursor');
  if (text === undefined) return undefined;
  const match = PLACE.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const at = Number(match?.[1]);
  if (match === null || at > LAST_MOMENT) {
    return query.refuse('cursor', 'must be a nextCursor of this list');
  }
  return { at, id: match[2] ?? '' };
}

/**
 * One page of a list that is by time, and its `Link`.
 * @param query knows `limit` and `cursor`
 * @param list gets one more than is shown, to know whether another page follows, and the place after which it goes on
 */
export async function readTimePage<Row>(
  req: Request,
  res: Response,
  query: Query,
  list: (limit: number, after: Place | undefined) => Promise<readonly Row[]>,
  placeOf: (row: Row) => Place,
): Promise<{ readonly rows: readonly Row[]; readonly nextCursor: string | null }> {
  const limit = query.limit();
  const found = await list(limit + 1, readPlace(query));
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  const nextCursor = last === undefined ? null : encode(placeOf(last));
  if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
  return { rows, nextCursor };
}
