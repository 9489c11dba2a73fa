import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { madeOverride, newOverride, overrideView } from '../contract.ts';
import { json, listing, locationHeader, ofBody, operation, paging, repeatable } from './parts.ts';
import { desk, moment, path, tag } from './scheduleParts.ts';

/** Exceptions from a schedule. */
export const scheduleOverridePaths: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/overrides': {
    get: listing(
      {
        id: 'overrideList',
        tag,
        summary: 'Exceptions that have not ended, the latest made first',
        description: desk,
        path,
        query: paging.extend({ from: moment('Those that end behind it; default: now.') }),
      },
      overrideView,
      '403',
      '404',
    ),
    post: operation(
      {
        id: 'overrideMake',
        tag,
        summary: 'Add, remove or replace somebody for a time',
        description: `${desk} Managers may override anything, everybody else their own time on call.`,
        path,
        header: repeatable,
        body: { required: true, ...json(newOverride) },
      },
      { '201': { description: 'Made.', headers: locationHeader, ...json(madeOverride) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
  },
  '/api/v1/schedules/{id}/overrides/{override}': {
    delete: operation(
      {
        id: 'overrideWithdraw',
        tag,
        summary: 'Withdraw an override: what it did until now stays',
        description: `${desk} For managers and for who made it.`,
        path: path.extend({ override: z.string() }),
      },
      { '200': { description: 'Withdrawn.', ...json(overrideView) } },
      '403',
      '404',
      '409',
    ),
  },
};
