import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { calendarAddress, importPreview } from '../contract.ts';
import { json, ofBody, operation, repeatable } from './parts.ts';
import { managers, path, tag } from './scheduleParts.ts';

const calendarBody = {
  required: true,
  content: {
    'text/calendar': { schema: { type: 'string' as const } },
    'application/json': { schema: calendarAddress },
  },
};

/** Calendars that come in. */
export const scheduleImportPaths: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/imports': {
    post: operation(
      {
        id: 'calendarImport',
        tag,
        summary: 'Take the shifts of an iCalendar file, or of an address that is asked every hour',
        description: `${managers} It stands above the layers, in place of the calendar before it. At most 2 MiB and 10,000 events. With one fault nothing is taken: each is named by its line and UID.`,
        path,
        header: repeatable,
        body: calendarBody,
      },
      { '201': { description: 'Imported.', ...json(importPreview) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
    delete: operation(
      {
        id: 'calendarRemove',
        tag,
        summary: 'Take the calendar off the schedule',
        description: managers,
        path,
      },
      { '200': { description: 'Removed.', ...json(path) } },
      '403',
      '404',
    ),
  },
  '/api/v1/schedules/{id}/imports/check': {
    post: operation(
      {
        id: 'calendarCheck',
        tag,
        summary: 'What an import would bring, without a change',
        description: managers,
        path,
        header: repeatable,
        body: calendarBody,
      },
      { '200': { description: 'What it would bring.', ...json(importPreview) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
  },
};
