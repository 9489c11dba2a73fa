import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { failedAnswerView } from '../contract.ts';
import { listing } from './parts.ts';

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
};
