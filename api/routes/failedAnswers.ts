import type { Router } from 'express';
import { failedInbound } from '../../db/inbound.ts';
import type { FailedInbound } from '../../db/inbound.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { requireRole } from '../auth.ts';
import type { FailedAnswerView } from '../contract.ts';
import { answerIdPage } from '../idPage.ts';
import { Query } from '../query.ts';
import { methods } from '../route.ts';

function failedAnswerView({ receivedAt, gaveUpAt, ...answer }: FailedInbound): FailedAnswerView {
  return { ...answer, receivedAt: toIso(receivedAt), gaveUpAt: toIso(gaveUpAt) };
}

/** What providers told us and no attempt could apply: for managers and admins. */
export function failedAnswerRoutes(router: Router, { pool }: Engine): void {
  methods(router, '/api/v1/operations/failed-answers', {
    get: async (req, res) => {
      requireRole(res, 'list failed answers', ['manager', 'admin']);
      await answerIdPage(
        req,
        res,
        new Query(req, ['limit', 'cursor']),
        (limit, after) => failedInbound(pool, limit, after),
        (rows) => rows.map(failedAnswerView),
      );
    },
  });
}
