import type { Request, Response, Router } from 'express';
import { listDeadLetters } from '../../db/deadLetters.ts';
import type { DeadLetter } from '../../db/deadLetters.ts';
import { listStalled } from '../../db/stalled.ts';
import type { Stalled } from '../../db/stalled.ts';
import type { Role } from '../../domain/actor.ts';
import type { Result } from '../../domain/errors.ts';
import { parseInput } from '../../domain/input.ts';
import { withoutAddresses } from '../../domain/notification/withoutAddresses.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { dismissDeadLetter, sendAgain } from '../../records/deadLetters.ts';
import type { Committed } from '../../records/request.ts';
import { retryStalled } from '../../records/stalled.ts';
import { requireRole } from '../auth.ts';
import { dismissal } from '../contract/operations.ts';
import type {
  DeadLetterView,
  LetterView,
  MendedView,
  StalledView,
} from '../contract/operations.ts';
import { idempotencyKey } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { readTimePage } from '../timePage.ts';
import type { Place } from '../timePage.ts';

const operators: readonly Role[] = ['manager', 'admin'];

/** Answers with one page. */
async function answerPage<Row>(
  req: Request,
  res: Response,
  list: (limit: number, after: Place | undefined) => Promise<Row[]>,
  placeOf: (row: Row) => Place,
  view: (row: Row) => object,
): Promise<void> {
  const query = new Query(req, ['limit', 'cursor']);
  const { rows, nextCursor } = await readTimePage(req, res, query, list, placeOf);
  res.json({ items: rows.map(view), nextCursor });
}

function stalledView({ since, lastAt, ...stalled }: Stalled): StalledView {
  return { ...stalled, since: toIso(since), lastAt: toIso(lastAt) };
}

function deadLetterView({ createdAt, gaveUpAt, error, ...letter }: DeadLetter): DeadLetterView {
  return {
    ...letter,
    createdAt: toIso(createdAt),
    gaveUpAt: toIso(gaveUpAt),
    error: error === null ? null : withoutAddresses(error),
  };
}

function sendLetter(res: Response, key: string, committed: Result<Committed>): void {
  const { record } = valueOf(committed);
  res.json({ key, number: record.number, seq: record.seq } satisfies LetterView);
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
      sendLetter(res, key, await sendAgain(engine, key, actor, idempotencyKey(req)));
    },
  });
  methods(router, `${base}/dead-letters/:key/dismiss`, {
    post: [
      ...jsonBody('16kb'),
      async (req, res) => {
        const actor = requireRole(res, 'dismiss dead letter', operators);
        const key = param(req, 'key');
        const { reason } = valueOf(parseInput(dismissal, req.body));
        const asked = idempotencyKey(req);
        sendLetter(res, key, await dismissDeadLetter(engine, key, reason, actor, asked));
      },
    ],
  });
}
