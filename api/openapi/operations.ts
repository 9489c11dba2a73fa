import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  deadLetterView,
  dismissal,
  healthView,
  letterView,
  mendedView,
  stalledView,
} from '../contract.ts';
import { json, ofBody, operation, listing, number, reading, repeatable } from './parts.ts';

const tag = 'operation';
const refusals = ['400', '403', '404', '409'] as const;

/** What an operator does about records and messages that fail. */
export const operations: ZodOpenApiPathsObject = {
  '/api/v1/operations/stalled': {
    get: listing(
      {
        id: 'stalledList',
        tag,
        summary: 'Records that keep failing, the longest first',
        description:
          'Roles: manager, admin. A record leaves the list by itself when it works again.',
      },
      stalledView,
      '403',
    ),
  },
  '/api/v1/operations/stalled/{record}/retry': {
    post: reading(
      {
        id: 'stalledRetry',
        tag,
        summary: 'Try a stalled record again, now',
        description: 'Roles: manager, admin. 409 says why it fails still.',
        path: z.object({ record: number }),
        header: repeatable,
      },
      'It works again.',
      mendedView,
      ...refusals,
    ),
  },
  '/api/v1/operations/dead-letters': {
    get: listing(
      {
        id: 'deadLetterList',
        tag,
        summary: 'What could not be delivered, was given up and is not dismissed, the oldest first',
        description: 'Roles: manager, admin.',
      },
      deadLetterView,
      '403',
    ),
  },
  '/api/v1/operations/dead-letters/{key}/send-again': {
    post: reading(
      {
        id: 'deadLetterSendAgain',
        tag,
        summary: 'Send it again under the same key, if it is still wanted',
        description:
          'Roles: manager, admin. The slashes of the key are written as %2F. 409 says why it is wanted no more.',
        path: z.object({ key: z.string() }),
        header: repeatable,
      },
      'It is tried again.',
      letterView,
      ...refusals,
    ),
  },
  '/api/v1/operations/dead-letters/{key}/dismiss': {
    post: operation(
      {
        id: 'deadLetterDismiss',
        tag,
        summary: 'Take it off the list, with a reason: it needs no more attention',
        description:
          'Roles: manager, admin. The record keeps an event of it; what became of the message stays in the ledger. It may still be sent again.',
        path: z.object({ key: z.string() }),
        header: repeatable,
        body: { required: true, ...json(dismissal) },
      },
      { '200': { description: 'Dismissed.', ...json(letterView) } },
      ...refusals,
      ...ofBody,
    ),
  },
};

/** For probes and Prometheus: no key is asked for. */
export const health: ZodOpenApiPathsObject = {
  '/livez': {
    get: {
      operationId: 'live',
      summary: 'The process answers',
      tags: [tag],
      security: [],
      responses: { '200': { description: 'Alive.' } },
    },
  },
  '/readyz': {
    get: {
      operationId: 'ready',
      summary: 'Whether it can work; degraded when timers and pages wait',
      tags: [tag],
      security: [],
      responses: {
        '200': { description: 'Ready, perhaps degraded.', ...json(healthView) },
        '503': { description: 'Not ready.', ...json(healthView) },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'For Prometheus',
      tags: [tag],
      security: [],
      responses: { '200': { description: 'Prometheus text format.' } },
    },
  },
};
