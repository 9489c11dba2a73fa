import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  deletedSchedule,
  scheduleDefinition,
  scheduleSummary,
  scheduleVersionView,
  scheduleView,
} from '../contract.ts';
import {
  etagHeader,
  json,
  listing,
  locationHeader,
  ofBody,
  operation,
  repeatable,
} from './parts.ts';
import { desk, managers, path, tag } from './scheduleParts.ts';
import { scheduleFeedPaths } from './schedulesFeeds.ts';
import { scheduleImportPaths } from './schedulesImports.ts';
import { scheduleOnCallPaths } from './schedulesOnCall.ts';
import { scheduleOverridePaths } from './schedulesOverrides.ts';
import { scheduleSwapPaths } from './schedulesSwaps.ts';

const ifMatch = z.object({
  'If-Match': z.string().optional().meta({
    description:
      'The ETag that you saw: when the schedule has changed since, nothing happens (412).',
  }),
});
const written = { ...json(scheduleDefinition), required: true };

const schedules: ZodOpenApiPathsObject = {
  '/api/v1/schedules': {
    get: listing(
      {
        id: 'scheduleList',
        tag,
        summary: 'All schedules: who is on call now, the next hand-over, the next gap',
        description: desk,
      },
      scheduleSummary,
      '403',
    ),
    post: operation(
      {
        id: 'scheduleCreate',
        tag,
        summary: 'Make a schedule',
        description: `${managers} The body is a definition and the \`id\` by which policies mean it.`,
        header: repeatable,
        body: written,
      },
      {
        '201': {
          description: 'Made.',
          headers: { ...etagHeader, ...locationHeader },
          ...json(scheduleView),
        },
      },
      '400',
      '403',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/schedules/{id}': {
    get: operation(
      {
        id: 'scheduleShow',
        tag,
        summary: 'One schedule, its calendar, and what is wrong with it',
        description: desk,
        path,
        header: z.object({ 'If-None-Match': z.string().optional() }),
      },
      {
        '200': { description: 'The schedule.', headers: etagHeader, ...json(scheduleView) },
        '304': { description: 'You have this version.' },
      },
      '403',
      '404',
    ),
    put: operation(
      {
        id: 'scheduleChange',
        tag,
        summary: 'Replace its definition',
        description: `${managers} The same definition again makes no version.`,
        path,
        header: ifMatch,
        body: written,
      },
      { '200': { description: 'As it stands.', headers: etagHeader, ...json(scheduleView) } },
      '400',
      '403',
      '404',
      '412',
      ...ofBody,
    ),
    delete: operation(
      {
        id: 'scheduleDelete',
        tag,
        summary: 'Delete it, with its overrides, swaps, calendar and feeds',
        description: `${managers} 409 while the policy in force names it, and where. Its versions stay.`,
        path,
        header: ifMatch,
      },
      { '200': { description: 'Deleted.', ...json(deletedSchedule) } },
      '403',
      '404',
      '409',
      '412',
    ),
  },
  '/api/v1/schedules/{id}/versions': {
    get: listing(
      {
        id: 'scheduleVersions',
        tag,
        summary: 'What it was, the newest first, also after it was deleted',
        description: desk,
        path,
      },
      scheduleVersionView,
      '403',
      '404',
    ),
  },
};

/** On-call schedules and what belongs to them. */
export const schedulePaths: ZodOpenApiPathsObject = {
  ...schedules,
  ...scheduleOnCallPaths,
  ...scheduleOverridePaths,
  ...scheduleSwapPaths,
  ...scheduleImportPaths,
  ...scheduleFeedPaths,
};
