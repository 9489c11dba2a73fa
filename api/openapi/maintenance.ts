import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { deletedWindow, endOfWindow, newWindow, windowView } from '../contract/maintenance.ts';
import {
  conditional,
  etagHeader,
  json,
  listing,
  locationHeader,
  ofBody,
  operation,
  paging,
  reading,
  repeatable,
} from './parts.ts';

const tag = 'maintenance windows';
const path = z.object({ id: z.string() });
const seen = conditional(
  'The ETag that you saw: when the window has changed since, nothing happens (412).',
);

export const maintenance: ZodOpenApiPathsObject = {
  '/api/v1/maintenance-windows': {
    get: listing(
      {
        id: 'windowList',
        tag,
        summary: 'Times in which pages are held back',
        query: paging.extend({ state: z.enum(['active', 'upcoming', 'past']).optional() }),
      },
      windowView,
      '403',
    ),
    post: operation(
      {
        id: 'windowCreate',
        tag,
        summary: 'Hold pages back for a time',
        header: repeatable,
        body: { required: true, ...json(newWindow) },
      },
      {
        '201': {
          description: 'Made.',
          ...json(windowView),
          headers: { ...etagHeader, ...locationHeader },
        },
      },
      '400',
      '403',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/maintenance-windows/{id}': {
    get: reading(
      { id: 'windowShow', tag, summary: 'A maintenance window', path },
      'The window.',
      windowView,
      '403',
      '404',
    ),
    put: operation(
      {
        id: 'windowChange',
        tag,
        summary: 'Change a maintenance window',
        description: 'When it has begun, when it began stays.',
        path,
        header: seen,
        body: { required: true, ...json(newWindow) },
      },
      { '200': { description: 'Changed.', ...json(windowView), headers: etagHeader } },
      '400',
      '403',
      '404',
      '412',
      ...ofBody,
    ),
    delete: operation(
      {
        id: 'windowDelete',
        tag,
        summary: 'Delete a maintenance window that has not begun',
        path,
        header: seen,
      },
      { '200': { description: 'Deleted.', ...json(deletedWindow) } },
      '403',
      '404',
      '409',
      '412',
    ),
  },
  '/api/v1/maintenance-windows/{id}/end': {
    post: operation(
      {
        id: 'windowEnd',
        tag,
        summary: 'End the occurrence that stands: now, or at another time',
        description: 'What still fires is paged at once. The next occurrence stands as ever.',
        path,
        header: repeatable,
        body: json(endOfWindow),
      },
      { '200': { description: 'Ended.', ...json(windowView), headers: etagHeader } },
      '400',
      '403',
      '404',
      '409',
      ...ofBody,
    ),
  },
};
