import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { intakeAnswer } from '../contract.ts';
import { alertmanagerPayload } from '../contract/alertmanager.ts';
import { keptView } from '../contract/intake.ts';
import { bytes, json, listing, operation, problems, repeatable } from './parts.ts';

const tag = 'intake';

export const intake: ZodOpenApiPathsObject = {
  '/api/v1/intake/alertmanager': {
    post: {
      operationId: 'intakeAlertmanager',
      summary: "Alertmanager's webhook, version 4",
      description:
        'One incident stands for one group of alerts. Redelivery changes nothing. What is larger than 2 MiB, malformed or unmapped is kept, not refused, and opens an incident on the default service. It may be called without limit.',
      tags: [tag],
      requestParams: { header: repeatable },
      requestBody: { required: true, ...json(alertmanagerPayload) },
      responses: {
        '200': { description: 'Taken in, or kept.', ...json(intakeAnswer) },
        ...problems('401', '403', '503'),
      },
    },
  },
  '/api/v1/intake/kept': {
    get: listing(
      {
        id: 'intakeKeptList',
        tag,
        summary: 'Deliveries that could not be read or mapped, the latest first',
      },
      keptView,
      '403',
    ),
  },
  '/api/v1/intake/kept/{id}': {
    get: operation(
      {
        id: 'intakeKeptShow',
        tag,
        summary: 'What came, byte by byte, as far as it is kept',
        path: z.object({ id: z.string() }),
      },
      { '200': { description: 'The bytes.', ...bytes('application/octet-stream') } },
      '403',
      '404',
    ),
  },
};
