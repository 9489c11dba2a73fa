import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { reportView } from '../contract.ts';
import { operation } from './parts.ts';

const query = z.object({
  from: z.string().optional().meta({
    description: 'A date (UTC) or a moment; default: 30 days before `to`.',
    example: '2026-11-01',
  }),
  to: z.string().optional().meta({ description: 'Default: now. It is not part of it.' }),
  by: reportView.shape.by.default('none'),
  format: z.enum(['json', 'csv']).default('json'),
});

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
      {
        '200': {
          description: 'The report; CSV by RFC 4180, with a header line.',
          content: {
            'application/json': { schema: reportView },
            'text/csv': { schema: { type: 'string' } },
          },
        },
      },
      '400',
      '403',
    ),
  },
};
