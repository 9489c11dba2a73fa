import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  auditEntryView,
  checkpointView,
  createdKey,
  keyList,
  keyView,
  meView,
  newKey,
  webhookSecretView,
} from '../contract.ts';
import { json, listing, ofBody, operation, reading, repeatable } from './parts.ts';

const tag = 'administration';

const keys: ZodOpenApiPathsObject = {
  '/api/v1/keys': {
    get: reading(
      { id: 'keyList', tag, summary: 'All API keys, without their secrets' },
      'Keys.',
      keyList,
      '403',
    ),
    post: operation(
      {
        id: 'keyCreate',
        tag,
        summary: 'Make an API key for a person or an integration',
        header: repeatable,
        body: { required: true, ...json(newKey) },
      },
      { '201': { description: 'Made; the secret is shown this once.', ...json(createdKey) } },
      '400',
      '403',
      ...ofBody,
    ),
  },
  '/api/v1/keys/{id}': {
    delete: reading(
      {
        id: 'keyRevoke',
        tag,
        summary: 'Revoke an API key for good',
        path: z.object({ id: z.string() }),
      },
      'Revoked.',
      keyView,
      '403',
      '404',
      '409',
    ),
  },
};

const audit: ZodOpenApiPathsObject = {
  '/api/v1/audit': {
    get: listing(
      {
        id: 'auditList',
        tag: 'audit',
        summary: 'Administrative changes, the newest first',
        description:
          'API keys, policies, redactions, keys of checkpoints, on-call schedules and what belongs to them. Roles: admin.',
      },
      auditEntryView,
      '403',
    ),
  },
  '/api/v1/audit/checkpoints': {
    get: listing(
      {
        id: 'checkpointList',
        tag: 'audit',
        summary: 'Signed checkpoints, the oldest first',
        description:
          'Keep them elsewhere: "provisor audit verify --against" compares. Roles: admin.',
      },
      checkpointView,
      '403',
    ),
  },
};

export const administration: ZodOpenApiPathsObject = {
  '/api/v1/me': {
    get: reading({ id: 'me', tag, summary: 'Who you are by your API key' }, 'You.', meView),
  },
  ...keys,
  ...audit,
  '/api/v1/webhooks/secret': {
    get: reading(
      {
        id: 'webhookSecret',
        tag,
        summary: 'The secret with which a receiver verifies our webhooks',
        query: z.object({ url: z.string().meta({ description: 'As the policy has it.' }) }),
      },
      'The secret.',
      webhookSecretView,
      '400',
      '403',
    ),
  },
};
