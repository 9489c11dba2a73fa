import type { Router } from 'express';
import { failedInbound } from '../../db/inbound.ts';
import type { FailedInbound } from '../../db/inbound.ts';
import { toIso } from '../../domain/time.ts';
import type { Role } from '../../domain/actor.ts';
import type { Engine } from '../../records/engine.ts';
import { retryInbound } from '../../records/inbound.ts';
import { requireRole } from '../auth.ts';
import type { FailedAnswerView, RetriedAnswerView } from '../contract.ts';
import { idempotencyKey } from '../headers.ts';
import { answerIdPage } from '../idPage.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

const operators: readonly Role[] = ['manager', 'admin'];
const path = '/api/v1/operations/failed-answers';

function failedAnswerView({ receivedAt, gaveUpAt, ...answer }: FailedInbound): FailedAnswerView {
  return { ...answer, receivedAt: toIso(receivedAt), gaveUpAt: toIso(gaveUpAt) };
}

/** What providers told us and no attempt could apply: for managers and admins, who have it tried again. */
export function failedAnswerRoutes(router: Router, engine: Engine): void {
  methods(router, path, {
    get: async (req, res) => {
      requireRole(res, 'list failed answers', operators);
      await answerIdPage(
        req,
        res,
        new Query(req, ['limit', 'cursor']),
        (limit, after) => failedInbound(engine.pool, limit, after),
        (rows) => rows.map(failedAnswerView),
      );
    },
  });
  methods(router, `${path}/:id/retry`, {
    post: async (req, res) => {
      const actor = requireRole(res, 'retry failed answer', operators);
      // Checked only: a repeat finds nothing left to try and tells what came of it.
      idempotencyKey(req);
      const id = param(req, 'id');
      const outcome = valueOf(await retryInbound(engine, id, actor));
      res.json({ id, outcome } satisfies RetriedAnswerView);
    },
  });
}
