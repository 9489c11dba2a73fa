import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { z } from 'zod';
import { failedAnswerView, retriedAnswerView } from '../contract.ts';
import { listing, reading, repeatable } from './parts.ts';

/** What providers told us and we could not apply. */
export const failedAnswers: ZodOpenApiPathsObject = {
  '/api/v1/operations/failed-answers': {
    get: listing(
      {
        id: 'failedAnswerList',
        tag: 'operation',
        summary: 'Answers and reports from providers that could not be applied, the oldest first',
        description: 'Roles: manager, admin. They are forgotten after 30 days.',
      },
      failedAnswerView,
      '403',
    ),
  },
  '/api/v1/operations/failed-answers/{id}/retry': {
    post: reading(
      {
        id: 'failedAnswerRetry',
        tag: 'operation',
        summary: 'Try an answer or a report again, now',
        description:
          'Roles: manager, admin. Of one that was not given up it tells what came of it. The audit log tells who asked.',
        path: z.object({ id: z.string() }),
        header: repeatable,
      },
      'It was tried.',
      retriedAnswerView,
      '400',
      '403',
      '404',
    ),
  },
};
