import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { intakeAnswer } from '../contract.ts';
import { alertmanagerPayload } from '../contract/alertmanager.ts';
import { grafanaPayload } from '../contract/grafana.ts';
import { intakeTrialView, keptView } from '../contract/intake.ts';
import { bytes, json, listing, operation, problems, repeatable } from './parts.ts';

const tag = 'intake';

const dryRun = z.object({
  dryRun: z.literal('true').optional().meta({
    description: 'Take nothing in, and answer what it would do: an IntakeTrial.',
  }),
});

/** A webhook of a monitoring system. */
function webhook(
  { id, summary, description }: { id: string; summary: string; description: string },
  payload: z.ZodType,
  path?: z.ZodObject,
): ZodOpenApiPathsObject[string] {
  return {
    post: {
      operationId: id,
      summary,
      description: `${description} Redelivery changes nothing. What is larger than 2 MiB, malformed or unmapped is kept, not refused, and opens an incident on the default service. It may be called without limit.`,
      tags: [tag],
      requestParams: { header: repeatable, query: dryRun, ...(path === undefined ? {} : { path }) },
      requestBody: { required: true, ...json(payload) },
      responses: {
        '200': {
          description: 'Taken in, or kept; with `dryRun` what it would do.',
          ...json(z.union([intakeAnswer, intakeTrialView])),
        },
        ...problems('401', '403', '503'),
      },
    },
  };
}

export const intake: ZodOpenApiPathsObject = {
  '/api/v1/intake/alertmanager': webhook(
    {
      id: 'intakeAlertmanager',
      summary: "Alertmanager's webhook, version 4",
      description: 'One incident stands for one group of alerts.',
    },
    alertmanagerPayload,
  ),
  '/api/v1/intake/grafana': webhook(
    {
      id: 'intakeGrafana',
      summary: "The webhook of Grafana's alerting, with its own payload",
      description: 'One incident stands for one group of alerts of an organisation.',
    },
    grafanaPayload,
  ),
  '/api/v1/intake/generic/{mapping}': webhook(
    {
      id: 'intakeMapped',
      summary: "Any JSON, read by a mapping of the policy's `intake.mappings`",
      description: 'One incident stands for one group of alerts, as the mapping makes them.',
    },
    z.unknown(),
    z.object({ mapping: z.string() }),
  ),
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
