import type { Request, Response, Router } from 'express';
import { listDeadLetters } from '../../db/deadLetters.ts';
import type { DeadLetter } from '../../db/deadLetters.ts';
import { listStalled } from '../../db/stalled.ts';
import type { Stalled } from '../../db/stalled.ts';
import type { Role } from '../../domain/actor.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { sendAgain } from '../../records/deadLetters.ts';
import { retryStalled } from '../../records/stalled.ts';
import { requireRole } from '../auth.ts';
import type {
  DeadLetterView,
  MendedView,
  SentAgainView,
  StalledView,
} from '../contract/operations.ts';
import { idempotencyKey } from '../headers.ts';
import { nextLink } from '../links.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

const operators: readonly Role[] = ['manager', 'admin'];

/** The last row of a page: lists here are by time, then by number or key. */
interface Place {
  readonly at: Instant;
  readonly id: string;
}

const PLACE = /^(\d{1,15}) ([A-Z]{2,5}-\d{1,16}(?:\/\d{1,9}){0,2})$/;

function encode({ at, id }: Place): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}

function readPlace(query: Query): Place | undefined {
  const text = query.one('cursor');
  if (text === undefined) return undefined;
  const match = PLACE.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const at = Number(match?.[1]);
  if (match === null || at > 8.64e15 / 100) {
    return query.refuse('cursor', 'must be a nextCursor of this list');
  }
  return { at, id: match[2] ?? '' };
}

/** Answers with one page; one row more than the page is asked for, to know whether another follows. */
async function answerPage<Row>(
  req: Request,
  res: Response,
  list: (limit: number, after: Place | undefined) => Promise<Row[]>,
  placeOf: (row: Row) => Place,
  view: (row: Row) => object,
): Promise<void> {
  const query = new Query(req, ['limit', 'cursor']);
  const limit = query.limit();
  const rows = await list(limit + 1, readPlace(query));
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encode(placeOf(last)) : null;
  if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
  res.json({ items: items.map(view), nextCursor });
}

function stalledView({ since, lastAt, ...stalled }: Stalled): StalledView {
  return { ...stalled, since: toIso(since), lastAt: toIso(lastAt) };
}

function deadLetterView({ createdAt, gaveUpAt, ...letter }: DeadLetter): DeadLetterView {
  return { ...letter, createdAt: toIso(createdAt), gaveUpAt: toIso(gaveUpAt) };
}

/** What did not work and needs somebody: records that stall, effects that were given up. */
export function operationRoutes(router: Router, engine: Engine): void {
  const base = '/api/v1/operations';
  methods(router, `${base}/stalled`, {
    get: async (req, res) => {
      requireRole(res, 'list stalled records', operators);
      await answerPage(
        req,
        res,
        (limit, after) => listStalled(engine.pool, limit, after),
        ({ since, number }) => ({ at: since, id: number }),
        stalledView,
      );
    },
  });
  methods(router, `${base}/stalled/:record/retry`, {
    post: async (req, res) => {
      requireRole(res, 'retry stalled record', operators);
      // Checked only: a repeat finds nothing left to mend and answers the same.
      idempotencyKey(req);
      const mended = valueOf(await retryStalled(engine, param(req, 'record'), engine.clock()));
      res.json(mended satisfies MendedView);
    },
  });
  methods(router, `${base}/dead-letters`, {
    get: async (req, res) => {
      requireRole(res, 'list dead letters', operators);
      await answerPage(
        req,
        res,
        (limit, after) => listDeadLetters(engine.pool, limit, after),
        ({ createdAt, key }) => ({ at: createdAt, id: key }),
        deadLetterView,
      );
    },
  });
  methods(router, `${base}/dead-letters/:key/send-again`, {
    post: async (req, res) => {
      const actor = requireRole(res, 'send dead letter again', operators);
      const key = param(req, 'key');
      const { record } = valueOf(await sendAgain(engine, key, actor, idempotencyKey(req)));
      res.json({ key, number: record.number, seq: record.seq } satisfies SentAgainView);
    },
  });
}
