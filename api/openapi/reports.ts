import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { onCallReportView, reportView } from '../contract.ts';
import { operation } from './parts.ts';

const period = {
  from: z.string().optional().meta({
    description: 'A date (UTC) or a moment; default: 30 days before `to`.',
    example: '2026-11-01',
  }),
  to: z.string().optional().meta({ description: 'Default: now. It is not part of it.' }),
};
const format = z.enum(['json', 'csv']).default('json');
const query = z.object({ ...period, by: reportView.shape.by.default('none'), format });
const onCallQuery = z.object({
  ...period,
  timeZone: z.string().default('UTC').meta({
    description: 'What says when it is night, and weekend.',
    example: 'Europe/Berlin',
  }),
  format,
});

function answers(schema: z.ZodType) {
  return {
    '200': {
      description: 'The report; CSV by RFC 4180, with a header line.',
      content: {
        'application/json': { schema },
        'text/csv': { schema: { type: 'string' as const } },
      },
    },
  };
}

export const reports: ZodOpenApiPathsObject = {
  '/api/v1/reports/incidents': {
    get: operation(
      {
        id: 'reportIncidents',
        tag: 'reports',
        summary: 'Backlog, levels kept, times to acknowledge and restore',
        description:
          'Roles: agent, resolver, manager, admin. Each figure is defined in docs/reports.md.',
        query,
      },
      answers(reportView),
      '400',
      '403',
    ),
  },
  '/api/v1/reports/on-call': {
    get: operation(
      {
        id: 'reportOnCall',
        tag: 'reports',
        summary: 'Pages a person, at night and at weekends, and times to acknowledge',
        description:
          'Roles: agent, resolver, manager, admin. 366 days at most. Each figure is defined in docs/reports.md.',
        query: onCallQuery,
      },
      answers(onCallReportView),
      '400',
      '403',
    ),
  },
};
