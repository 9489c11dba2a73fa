import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { fairnessView, onCallList, onCallView, shiftsView } from '../contract.ts';
import { reading } from './parts.ts';
import { desk, moment, path, tag } from './scheduleParts.ts';

const window = z.object({
  from: moment('A date (UTC) or a moment; default: now.'),
  to: moment('It is not part of the window.'),
});

/** Who is on call, when, and how it is shared. */
export const scheduleOnCallPaths: ZodOpenApiPathsObject = {
  '/api/v1/on-call': {
    get: reading(
      {
        id: 'onCall',
        tag,
        summary: 'Who is on call, in all schedules',
        description: desk,
        query: z.object({
          at: moment('A date (UTC) or a moment; default: now.'),
          person: z.string().optional().meta({ description: 'Only where this person is on call.' }),
        }),
      },
      'Who is on call.',
      onCallList,
      '400',
      '403',
    ),
  },
  '/api/v1/schedules/{id}/on-call': {
    get: reading(
      {
        id: 'scheduleOnCall',
        tag,
        summary: 'Who is on call, and why',
        description: desk,
        path,
        query: z.object({ at: moment('A date (UTC) or a moment; default: now.') }),
      },
      'Who is on call.',
      onCallView,
      '400',
      '403',
      '404',
    ),
  },
  '/api/v1/schedules/{id}/shifts': {
    get: reading(
      {
        id: 'scheduleShifts',
        tag,
        summary: 'Shifts with gaps and overlaps, of at most 180 days; 28 unless told otherwise',
        description: desk,
        path,
        query: window,
      },
      'Shifts.',
      shiftsView,
      '400',
      '403',
      '404',
    ),
  },
  '/api/v1/schedules/{id}/fairness': {
    get: reading(
      {
        id: 'scheduleFairness',
        tag,
        summary:
          'Nights, weekends and holidays a person, of at most 366 days; 90 unless told otherwise',
        description: desk,
        path,
        query: window.extend({
          calendar: z
            .string()
            .optional()
            .meta({ description: 'The calendar of the policy whose holidays count.' }),
        }),
      },
      'What it asks of each person.',
      fairnessView,
      '400',
      '403',
      '404',
    ),
  },
};
