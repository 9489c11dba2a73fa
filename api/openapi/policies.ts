import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  appliedPolicy,
  policyActivation,
  policyBody,
  policyPreview,
  policyView,
  storedPolicy,
} from '../contract.ts';
import {
  conditional,
  json,
  listing,
  locationHeader,
  ofBody,
  operation,
  reading,
  repeatable,
} from './parts.ts';

const tag = 'policies';

const readers = 'Roles: agent, resolver, manager, admin. Only admins see addresses of people.';

const body = {
  required: true,
  content: {
    'application/json': { schema: policyBody },
    'application/yaml': { schema: policyBody },
  },
};

const apply = operation(
  {
    id: 'policyApply',
    tag,
    summary: 'Put a policy in force',
    description:
      'Roles: manager, admin. Open records are computed anew in the background, without losing time that was used or paused. With If-Match nothing happens when another policy than the one named has come into force (412).',
    header: conditional('The ETag of the policy that you saw in force.'),
    body,
  },
  {
    '200': { description: 'It was in force already.', ...json(appliedPolicy) },
    '201': { description: 'In force.', headers: locationHeader, ...json(appliedPolicy) },
  },
  '400',
  '403',
  '412',
  ...ofBody,
);

const check = operation(
  {
    id: 'policyCheck',
    tag,
    summary: 'What a policy would change, without applying it',
    description:
      'Roles: manager, admin. The same decisions as in the running system, for every open record, the highest priority first; it says so when the time was up before all were looked at. Only admins see addresses of people.',
    header: repeatable,
    body,
  },
  { '200': { description: 'What it would change.', ...json(policyPreview) } },
  '400',
  '403',
  ...ofBody,
);

export const policies: ZodOpenApiPathsObject = {
  '/api/v1/policy': {
    get: reading(
      { id: 'policyShow', tag, summary: 'The policy in force and its hash', description: readers },
      'The policy.',
      policyView,
      '403',
    ),
  },
  '/api/v1/policies': {
    get: listing(
      { id: 'policyList', tag, summary: 'Which policies came into force, the newest first' },
      policyActivation,
      '403',
    ),
    post: apply,
  },
  '/api/v1/policies/check': { post: check },
  '/api/v1/policies/{hash}': {
    get: reading(
      {
        id: 'policyGet',
        tag,
        summary: 'One policy, and how many open records were computed by it',
        description: readers,
        path: z.object({ hash: z.string() }),
      },
      'The policy.',
      storedPolicy,
      '403',
      '404',
    ),
  },
};
