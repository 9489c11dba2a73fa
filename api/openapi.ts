import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Process } from '../domain/process.ts';
import { isPublic } from './commands.ts';
import * as contract from './contract.ts';
import { alertmanagerPayload } from './contract/alertmanager.ts';
import { keptView } from './contract/intake.ts';

const described = {
  '400': 'A malformed body, parameter or header.',
  '401': 'No valid API key.',
  '403': 'Your roles do not allow it.',
  '404': 'Not there, or not for you.',
  '409': 'Not possible now; `allowed` names what is.',
  '412': 'If-Match names an older version.',
  '413': 'The body is too large.',
  '415': 'The body is not JSON in UTF-8.',
  '422': 'The input is not valid, or the Idempotency-Key was used for another request.',
  '503':
    'PostgreSQL does not answer. The request may have been applied: repeat it with the same Idempotency-Key.',
} as const;
type Status = keyof typeof described;

function problems(...statuses: Status[]): ZodOpenApiResponsesObject {
  const content = { 'application/problem+json': { schema: contract.problemSchema } };
  const all = [...statuses, '401', '503'] as const;
  return Object.fromEntries(
    all.map((status) => [status, { description: described[status], content }]),
  );
}

function json(schema: z.ZodType) {
  return { content: { 'application/json': { schema } } };
}

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .optional()
  .meta({
    description:
      'Yours to choose, 1 to 200 visible ASCII characters. The same request with the same key is done once and gets the same answer; another request with it is refused (422).',
  });
const ifMatch = z.string().optional().meta({
  description:
    'The ETag that you saw, such as `"7"`: when the record has changed since, nothing happens (412).',
});
const etagHeader = {
  ETag: { schema: { type: 'string' as const }, description: 'The version: `"7"`.' },
};
const number = z.string().meta({ example: 'INC-1042' });
const limit = z.number().int().min(1).max(200).default(50);

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function listOf(process: Process, record: z.ZodType): ZodOpenApiOperationObject {
  const states = Object.keys(process.states).join(', ');
  const several = 'Several with commas between, or repeated.';
  const query = z.object({
    state: z
      .string()
      .optional()
      .meta({ description: `Of ${states}. ${several}` }),
    priority: z.string().optional().meta({ description: several }),
    service: z.string().optional().meta({ description: several }),
    team: z.string().optional().meta({ description: several }),
    assignee: z.string().optional().meta({ description: several }),
    text: z.string().min(2).max(100).optional().meta({
      description:
        'Part of the title, the description or the external reference, in any case; or the number.',
    }),
    open: z.enum(['true', 'false']).optional(),
    sort: z
      .enum(['openedAt', '-openedAt', 'updatedAt', '-updatedAt', 'priority', '-priority'])
      .default('-openedAt'),
    limit,
    cursor: z.string().optional().meta({ description: 'The nextCursor of the page before.' }),
  });
  return {
    operationId: `${process.name}List`,
    summary: `List ${process.plural}`,
    tags: [process.plural],
    requestParams: { query },
    responses: {
      '200': {
        description: 'A page. `Link` (rel="next") has the address of the next one.',
        ...json(contract.page(record)),
      },
      ...problems('400'),
    },
  };
}

function openOf(process: Process, record: z.ZodType): ZodOpenApiOperationObject {
  return {
    operationId: `${process.name}Open`,
    summary: `Open: ${process.name}`,
    tags: [process.plural],
    requestParams: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
    requestBody: { required: true, ...json(process.opening.input) },
    responses: {
      '201': {
        description: 'Opened.',
        headers: {
          ...etagHeader,
          Location: { schema: { type: 'string' }, description: 'Where it is.' },
        },
        ...json(record),
      },
      ...problems('400', '403', '409', '413', '415', '422'),
    },
  };
}

function reads(process: Process, record: z.ZodType): ZodOpenApiPathsObject {
  const base = `/api/v1/${process.plural}/{number}`;
  const path = z.object({ number });
  const get = (
    id: string,
    summary: string,
    schema: z.ZodType,
    params: Partial<Record<'query' | 'header', z.ZodObject>> = {},
  ): ZodOpenApiOperationObject => ({
    operationId: `${process.name}${id}`,
    summary,
    tags: [process.plural],
    requestParams: { path, ...params },
    responses: { '200': { description: summary, ...json(schema) }, ...problems('400', '404') },
  });
  const conditional = z.object({ 'If-None-Match': z.string().optional() });
  const show = get('Show', 'One record', record, { header: conditional });
  const paging = z.object({ limit, cursor: z.string().optional() });
  return {
    [base]: {
      get: {
        ...show,
        responses: { ...show.responses, '304': { description: 'You have this version.' } },
      },
    },
    [`${base}/timeline`]: {
      get: get(
        'Timeline',
        'What happened and what was sent, in the order of time',
        contract.page(contract.timelineEntry),
        { query: paging },
      ),
    },
    [`${base}/commands`]: {
      get: get(
        'Commands',
        'What you may do with it now; a rule of the command may still refuse it',
        contract.commandList,
      ),
    },
    [`${base}/events/stream`]: {
      get: {
        operationId: `${process.name}Stream`,
        summary: 'Its events as they happen (server-sent events)',
        description:
          'Each event has its seq as `id` and an entry of the timeline as `data`. Ends after ten minutes: connect again with the last id.',
        tags: [process.plural],
        requestParams: {
          path,
          header: z.object({
            'Last-Event-ID': z
              .string()
              .optional()
              .meta({ description: 'Only what came after it.' }),
          }),
        },
        responses: {
          '200': {
            description: 'A stream.',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...problems('400', '404'),
        },
      },
    },
    [`${base}/explain`]: {
      get: get(
        'Explain',
        'Why its priority, its deadlines and its pages came out as they did',
        contract.explanationList,
      ),
    },
  };
}

function commandsOf(process: Process, record: z.ZodType): ZodOpenApiPathsObject {
  const commands = Object.entries(process.commands).filter(([name]) => isPublic(process, name));
  const header = z.object({ 'Idempotency-Key': idempotencyKey, 'If-Match': ifMatch });
  return Object.fromEntries(
    commands.map(([name, { does, by, from, input }]) => {
      const post: ZodOpenApiOperationObject = {
        operationId: `${process.name}${capital(name)}`,
        summary: does,
        description: `From ${from.join(', ')}. Roles: ${by.filter((role) => role !== 'system').join(', ')}, admin.`,
        tags: [process.plural],
        requestParams: { path: z.object({ number }), header },
        requestBody: json(input),
        responses: {
          '200': { description: 'The record after it.', headers: etagHeader, ...json(record) },
          ...problems('400', '403', '404', '409', '412', '413', '415', '422'),
        },
      };
      return [`/api/v1/${process.plural}/{number}/${name}`, { post }];
    }),
  );
}

function attachmentsOf(process: Process): ZodOpenApiPathsObject {
  if (process.commands['attach'] === undefined) return {};
  const base = `/api/v1/${process.plural}/{number}/attachments`;
  const tags = [process.plural];
  const path = z.object({ number });
  const query = z.object({
    name: z.string().min(1).max(255).meta({ description: 'The file name, without a folder.' }),
    visibility: z.enum(['public', 'internal']).default('public'),
  });
  const header = z.object({ 'Idempotency-Key': idempotencyKey, 'If-Match': ifMatch });
  const bytes = { content: { '*/*': { schema: { type: 'string' as const, format: 'binary' } } } };
  return {
    [base]: {
      get: {
        operationId: `${process.name}Attachments`,
        summary: 'Its files, without their bytes',
        tags,
        requestParams: { path },
        responses: {
          '200': { description: 'Files.', ...json(contract.attachmentList) },
          ...problems('404'),
        },
      },
      post: {
        operationId: `${process.name}Attach`,
        summary: 'Add a file: its bytes as the body',
        description:
          'Content-Type is the media type of the file. A file has at most 10 MiB; a record at most 50 files and 100 MiB.',
        tags,
        requestParams: { path, query, header },
        requestBody: { required: true, ...bytes },
        responses: {
          '201': {
            description: 'Added.',
            headers: { Location: { schema: { type: 'string' }, description: 'Where it is.' } },
            ...json(contract.attachmentView),
          },
          ...problems('400', '403', '404', '409', '412', '413', '415', '422'),
        },
      },
    },
    [`${base}/{id}`]: {
      get: {
        operationId: `${process.name}Attachment`,
        summary: 'One file, to be saved',
        tags,
        requestParams: { path: z.object({ number, id: z.number().int() }) },
        responses: { '200': { description: 'The bytes.', ...bytes }, ...problems('404') },
      },
    },
  };
}

function pathsOf(process: Process): ZodOpenApiPathsObject {
  const record = contract.recordViews[process.name] ?? contract.recordView;
  return {
    [`/api/v1/${process.plural}`]: { get: listOf(process, record), post: openOf(process, record) },
    ...reads(process, record),
    ...attachmentsOf(process),
    ...commandsOf(process, record),
  };
}

const reports: ZodOpenApiPathsObject = {
  '/api/v1/reports/incidents': {
    get: {
      operationId: 'reportIncidents',
      summary: 'Backlog, levels kept, times to acknowledge and restore',
      description:
        'Roles: agent, resolver, manager, admin. Each figure is defined in docs/reports.md.',
      tags: ['reports'],
      requestParams: {
        query: z.object({
          from: z.string().optional().meta({
            description: 'A date (UTC) or a moment; default: 30 days before `to`.',
            example: '2026-11-01',
          }),
          to: z.string().optional().meta({ description: 'Default: now. It is not part of it.' }),
          by: z.enum(['team', 'service', 'priority', 'none']).default('none'),
          format: z.enum(['json', 'csv']).default('json'),
        }),
      },
      responses: {
        '200': {
          description: 'The report; CSV by RFC 4180, with a header line.',
          content: {
            'application/json': { schema: contract.reportView },
            'text/csv': { schema: { type: 'string' as const } },
          },
        },
        ...problems('400', '403'),
      },
    },
  },
};

const administration: ZodOpenApiPathsObject = {
  '/api/v1/me': {
    get: {
      operationId: 'me',
      summary: 'Who you are by your API key',
      tags: ['administration'],
      responses: { '200': { description: 'You.', ...json(contract.meView) }, ...problems() },
    },
  },
  '/api/v1/policy': {
    get: {
      operationId: 'policyShow',
      summary: 'The policy in force and its hash',
      description: 'Roles: agent, resolver, manager, admin. Only admins see addresses of people.',
      tags: ['policies'],
      responses: {
        '200': { description: 'The policy.', ...json(contract.policyView) },
        ...problems('403'),
      },
    },
  },
  '/api/v1/keys': {
    get: {
      operationId: 'keyList',
      summary: 'All API keys, without their secrets',
      tags: ['administration'],
      responses: { '200': { description: 'Keys.', ...json(contract.keyList) }, ...problems('403') },
    },
    post: {
      operationId: 'keyCreate',
      summary: 'Make an API key for a person or an integration',
      tags: ['administration'],
      requestParams: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
      requestBody: { required: true, ...json(contract.newKey) },
      responses: {
        '201': {
          description: 'Made; the secret is shown this once.',
          ...json(contract.createdKey),
        },
        ...problems('400', '403', '413', '415', '422'),
      },
    },
  },
  '/api/v1/keys/{id}': {
    delete: {
      operationId: 'keyRevoke',
      summary: 'Revoke an API key for good',
      tags: ['administration'],
      requestParams: { path: z.object({ id: z.string() }) },
      responses: {
        '200': { description: 'Revoked.', ...json(contract.keyView) },
        ...problems('403', '404', '409'),
      },
    },
  },
};

const audit: ZodOpenApiPathsObject = {
  '/api/v1/audit': {
    get: {
      operationId: 'auditList',
      summary: 'Administrative changes, the newest first',
      description: 'API keys, policies, redactions, keys of checkpoints. Roles: admin.',
      tags: ['audit'],
      requestParams: { query: z.object({ limit, cursor: z.string().optional() }) },
      responses: {
        '200': { description: 'A page.', ...json(contract.page(contract.auditEntryView)) },
        ...problems('400', '403'),
      },
    },
  },
  '/api/v1/audit/checkpoints': {
    get: {
      operationId: 'checkpointList',
      summary: 'Signed checkpoints, the oldest first',
      description: 'Keep them elsewhere: "provisor audit verify --against" compares. Roles: admin.',
      tags: ['audit'],
      requestParams: { query: z.object({ limit, cursor: z.string().optional() }) },
      responses: {
        '200': { description: 'A page.', ...json(contract.page(contract.checkpointView)) },
        ...problems('400', '403'),
      },
    },
  },
};

const policyRequest = {
  required: true,
  content: {
    'application/json': { schema: contract.policyBody },
    'application/yaml': { schema: contract.policyBody },
  },
};

const policies: ZodOpenApiPathsObject = {
  '/api/v1/policies': {
    get: {
      operationId: 'policyList',
      summary: 'Which policies came into force, the newest first',
      tags: ['policies'],
      requestParams: { query: z.object({ limit, cursor: z.string().optional() }) },
      responses: {
        '200': { description: 'A page.', ...json(contract.page(contract.policyActivation)) },
        ...problems('400', '403'),
      },
    },
    post: {
      operationId: 'policyApply',
      summary: 'Put a policy in force',
      description:
        'Roles: manager, admin. Open records are computed anew in the background, without losing time that was used or paused. With If-Match nothing happens when another policy than the one named has come into force (412).',
      tags: ['policies'],
      requestParams: {
        header: z.object({
          'Idempotency-Key': idempotencyKey,
          'If-Match': z.string().optional().meta({
            description: 'The ETag of the policy that you saw in force.',
          }),
        }),
      },
      requestBody: policyRequest,
      responses: {
        '200': { description: 'It was in force already.', ...json(contract.appliedPolicy) },
        '201': {
          description: 'In force.',
          headers: { Location: { schema: { type: 'string' }, description: 'Where it is.' } },
          ...json(contract.appliedPolicy),
        },
        ...problems('400', '403', '412', '413', '415', '422'),
      },
    },
  },
  '/api/v1/policies/check': {
    post: {
      operationId: 'policyCheck',
      summary: 'What a policy would change, without applying it',
      description:
        'Roles: manager, admin. The same decisions as in the running system, for every open record, the highest priority first; it says so when the time was up before all were looked at. Only admins see addresses of people.',
      tags: ['policies'],
      requestParams: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
      requestBody: policyRequest,
      responses: {
        '200': { description: 'What it would change.', ...json(contract.policyPreview) },
        ...problems('400', '403', '413', '415', '422'),
      },
    },
  },
  '/api/v1/policies/{hash}': {
    get: {
      operationId: 'policyGet',
      summary: 'One policy, and how many open records were computed by it',
      description: 'Roles: agent, resolver, manager, admin. Only admins see addresses of people.',
      tags: ['policies'],
      requestParams: { path: z.object({ hash: z.string() }) },
      responses: {
        '200': { description: 'The policy.', ...json(contract.storedPolicy) },
        ...problems('403', '404'),
      },
    },
  },
};

const webhooks: ZodOpenApiPathsObject = {
  '/api/v1/webhooks/secret': {
    get: {
      operationId: 'webhookSecret',
      summary: 'The secret with which a receiver verifies our webhooks',
      tags: ['administration'],
      requestParams: {
        query: z.object({ url: z.string().meta({ description: 'As the policy has it.' }) }),
      },
      responses: {
        '200': { description: 'The secret.', ...json(contract.webhookSecretView) },
        ...problems('400', '403'),
      },
    },
  },
};

const intake: ZodOpenApiPathsObject = {
  '/api/v1/intake/alertmanager': {
    post: {
      operationId: 'intakeAlertmanager',
      summary: "Alertmanager's webhook, version 4",
      description:
        'One incident stands for one group of alerts. Redelivery changes nothing. What is larger than 2 MiB, malformed or unmapped is kept, not refused, and opens an incident on the default service.',
      tags: ['intake'],
      requestParams: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
      requestBody: { required: true, ...json(alertmanagerPayload) },
      responses: {
        '200': { description: 'Taken in, or kept.', ...json(contract.intakeAnswer) },
        ...problems('403'),
      },
    },
  },
  '/api/v1/intake/kept': {
    get: {
      operationId: 'intakeKeptList',
      summary: 'Deliveries that could not be read or mapped, the latest first',
      tags: ['intake'],
      requestParams: { query: z.object({ limit, cursor: z.string().optional() }) },
      responses: {
        '200': { description: 'A page.', ...json(contract.page(keptView)) },
        ...problems('400', '403'),
      },
    },
  },
  '/api/v1/intake/kept/{id}': {
    get: {
      operationId: 'intakeKeptShow',
      summary: 'What came, byte by byte, as far as it is kept',
      tags: ['intake'],
      requestParams: { path: z.object({ id: z.string() }) },
      responses: {
        '200': {
          description: 'The bytes.',
          content: {
            'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
          },
        },
        ...problems('403', '404'),
      },
    },
  },
};

const operations: ZodOpenApiPathsObject = {
  '/api/v1/operations/stalled': {
    get: {
      operationId: 'stalledList',
      summary: 'Records that keep failing, the longest first',
      description: 'Roles: manager, admin. A record leaves the list by itself when it works again.',
      tags: ['operation'],
      requestParams: { query: z.object({ limit, cursor: z.string().optional() }) },
      responses: {
        '200': { description: 'A page.', ...json(contract.page(contract.stalledView)) },
        ...problems('400', '403'),
      },
    },
  },
  '/api/v1/operations/stalled/{record}/retry': {
    post: {
      operationId: 'stalledRetry',
      summary: 'Try a stalled record again, now',
      description: 'Roles: manager, admin. 409 says why it fails still.',
      tags: ['operation'],
      requestParams: {
        path: z.object({ record: number }),
        header: z.object({ 'Idempotency-Key': idempotencyKey }),
      },
      responses: {
        '200': { description: 'It works again.', ...json(contract.mendedView) },
        ...problems('400', '403', '404', '409'),
      },
    },
  },
  '/api/v1/operations/dead-letters': {
    get: {
      operationId: 'deadLetterList',
      summary: 'What could not be delivered and was given up, the oldest first',
      description: 'Roles: manager, admin.',
      tags: ['operation'],
      requestParams: { query: z.object({ limit, cursor: z.string().optional() }) },
      responses: {
        '200': { description: 'A page.', ...json(contract.page(contract.deadLetterView)) },
        ...problems('400', '403'),
      },
    },
  },
  '/api/v1/operations/dead-letters/{key}/send-again': {
    post: {
      operationId: 'deadLetterSendAgain',
      summary: 'Send it again under the same key, if it is still wanted',
      description:
        'Roles: manager, admin. The slashes of the key are written as %2F. 409 says why it is wanted no more.',
      tags: ['operation'],
      requestParams: {
        path: z.object({ key: z.string() }),
        header: z.object({ 'Idempotency-Key': idempotencyKey }),
      },
      responses: {
        '200': { description: 'It is tried again.', ...json(contract.sentAgainView) },
        ...problems('400', '403', '404', '409'),
      },
    },
  },
};

const health: ZodOpenApiPathsObject = {
  '/livez': {
    get: {
      operationId: 'live',
      summary: 'The process answers',
      tags: ['operation'],
      security: [],
      responses: { '200': { description: 'Alive.' } },
    },
  },
  '/readyz': {
    get: {
      operationId: 'ready',
      summary: 'Whether it can work; degraded when timers and pages wait',
      tags: ['operation'],
      security: [],
      responses: {
        '200': { description: 'Ready, perhaps degraded.', ...json(contract.healthView) },
        '503': { description: 'Not ready.', ...json(contract.healthView) },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'For Prometheus',
      tags: ['operation'],
      security: [],
      responses: { '200': { description: 'Prometheus text format.' } },
    },
  },
};

/** The description of the whole API (OpenAPI 3.1), made of the contract and the definitions. */
export function createOpenApi(processes: readonly Process[]) {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Provisor',
        version: '1',
        description:
          'IT service management where the process is code. Every POST takes an `Idempotency-Key`; commands take `If-Match`. Errors are Problem Details (RFC 9457).',
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
        ...(Object.assign({}, ...processes.map(pathsOf)) as ZodOpenApiPathsObject),
        ...intake,
        ...reports,
        ...administration,
        ...policies,
        ...audit,
        ...webhooks,
        ...operations,
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
