import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { createDocument } from 'zod-openapi';
import type { Process } from '../domain/process.ts';
import { administration } from './openapi/administration.ts';
import { escalationPolicies } from './openapi/escalationPolicies.ts';
import { channels } from './openapi/channels.ts';
import { failedAnswers } from './openapi/failedAnswers.ts';
import { heartbeats } from './openapi/heartbeats.ts';
import { maintenance } from './openapi/maintenance.ts';
import { intake } from './openapi/intake.ts';
import { notifications } from './openapi/notifications.ts';
import { health, operations } from './openapi/operations.ts';
import { people } from './openapi/people.ts';
import { policies } from './openapi/policies.ts';
import { recordPaths } from './openapi/records.ts';
import { reports } from './openapi/reports.ts';
import { schedulePaths } from './openapi/schedules.ts';

/** The description of the whole API (OpenAPI 3.1), made of the contract and the definitions. */
export function createOpenApi(processes: readonly Process[]) {
  const records = Object.assign({}, ...processes.map(recordPaths)) as ZodOpenApiPathsObject;
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Provisor',
        version: '1',
        description:
          'IT service management where the process is code. Every POST takes an `Idempotency-Key`; commands take `If-Match`. Errors are Problem Details (RFC 9457). `RateLimit` says how many calls are left.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [{ key: [] }],
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key: `Authorization: Bearer prv_…`',
          },
        },
      },
      paths: {
        ...records,
        ...intake,
        ...reports,
        ...administration,
        ...policies,
        ...people,
        ...channels,
        ...escalationPolicies,
        ...schedulePaths,
        ...heartbeats,
        ...maintenance,
        ...notifications,
        ...operations,
        ...failedAnswers,
        ...health,
      },
    },
    {
      override: ({ jsonSchema }) => {
        delete (jsonSchema as Record<string, unknown>)['freeText'];
      },
    },
  );
}
