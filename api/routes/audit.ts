import type { RequestHandler, Router } from 'express';
import { listAuditEntries } from '../../db/auditLog.ts';
import type { AuditEntry } from '../../db/auditLog.ts';
import { readCheckpoints } from '../../db/checkpoints.ts';
import { toIso } from '../../domain/time.ts';
import { toCheckpoint } from '../../records/checkpoints.ts';
import type { Engine } from '../../records/engine.ts';
import { requireRole } from '../auth.ts';
import type { AuditEntryView, CheckpointView, Page } from '../contract.ts';
import { nextLink } from '../links.ts';
import { Query } from '../query.ts';
import { methods } from '../route.ts';

function entryView({ seq, kind, actor, at, data, hash }: AuditEntry): AuditEntryView {
  return { seq, kind, actor, at: toIso(at), data, hash: hash.toString('hex') };
}

function encodePlace(place: number): string {
  return Buffer.from(String(place)).toString('base64url');
}

/** A page of what is numbered: `read` gets one more than is shown, and from where to go on. */
function listing<Item>(
  what: string,
  read: (place: number | undefined, limit: number) => Promise<Item[]>,
  placeOf: (item: Item) => number,
  toView: (item: Item) => AuditEntryView | CheckpointView,
): RequestHandler {
  return async (req, res) => {
    requireRole(res, what, ['admin']);
    const query = new Query(req, ['limit', 'cursor']);
    const limit = query.limit();
    const found = await read(placeIn(query), limit + 1);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodePlace(placeOf(last));
    if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
    res.json({ items: shown.map(toView), nextCursor } satisfies Page<
      AuditEntryView | CheckpointView
    >);
  };
}

function placeIn(query: Query): number | undefined {
  const cursor = query.one('cursor');
  if (cursor === undefined) return undefined;
  const text = /^[A-Za-z0-9_-]{1,30}$/.test(cursor)
    ? Buffer.from(cursor, 'base64url').toString('latin1')
    : '';
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  return query.refuse('cursor', 'must be a nextCursor of this list');
}

/** What was administered and the signed checkpoints: for admins only. */
export function auditRoutes(router: Router, { pool }: Engine): void {
  methods(router, '/api/v1/audit', {
    get: listing(
      'list administrative changes',
      (before, limit) => listAuditEntries(pool, { before, limit }),
      ({ seq }) => seq,
      entryView,
    ),
  });
  methods(router, '/api/v1/audit/checkpoints', {
    get: listing(
      'list checkpoints',
      (after = 0, limit) => readCheckpoints(pool, { after, limit }),
      ({ id }) => id,
      toCheckpoint,
    ),
  });
}
