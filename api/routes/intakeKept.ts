import type { Router } from 'express';
import type { Kept } from '../../db/intakeKept.ts';
import { refuse } from '../../domain/errors.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { keptBytes, keptPage } from '../../records/intakeKept.ts';
import { requireRole } from '../auth.ts';
import type { KeptView } from '../contract/intake.ts';
import { nextLink } from '../links.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

const ID = /^[1-9]\d{0,17}$/;

function view({ firstAt, lastAt, ...kept }: Kept): KeptView {
  return { ...kept, firstAt: toIso(firstAt), lastAt: toIso(lastAt) };
}

/** What came in and could not be read or mapped: for admins, to look at and to mend. */
export function intakeKeptRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/intake/kept', {
    get: async (req, res) => {
      requireRole(res, 'list kept deliveries', ['admin']);
      const query = new Query(req, ['limit', 'cursor']);
      const cursor = query.one('cursor');
      const before = cursor && Buffer.from(cursor, 'base64url').toString('utf8');
      if (before !== undefined && !ID.test(before)) {
        query.refuse('cursor', 'must be a nextCursor of this list');
      }
      const { items, next } = await keptPage(engine, before, query.limit());
      const nextCursor = next === null ? null : Buffer.from(next).toString('base64url');
      if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
      res.json({ items: items.map(view), nextCursor });
    },
  });
  methods(router, '/api/v1/intake/kept/:id', {
    get: async (req, res) => {
      requireRole(res, 'read kept deliveries', ['admin']);
      const id = param(req, 'id');
      const bytes = valueOf(
        ID.test(id)
          ? await keptBytes(engine, id)
          : refuse({ kind: 'notFound', what: 'this delivery' }),
      );
      // Whatever it is, a browser must not show it as a page of ours.
      res.set('Content-Disposition', `attachment; filename="kept-${id}.bin"`);
      res.type('application/octet-stream').send(bytes);
    },
  });
}
