import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { newSwap, swapView } from '../contract.ts';
import { json, listing, locationHeader, ofBody, operation, reading, repeatable } from './parts.ts';
import { desk, path, tag } from './scheduleParts.ts';

const swapPath = z.object({ swap: z.string() });

function answer(command: string, summary: string): ZodOpenApiOperationObject {
  return operation(
    { id: `swap${command}`, tag, summary, description: desk, path: swapPath, header: repeatable },
    { '200': { description: 'As it is now.', ...json(swapView) } },
    '400',
    '403',
    '404',
    '409',
    '422',
  );
}

/** Shifts that people swap. */
export const scheduleSwapPaths: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/swaps': {
    get: listing(
      { id: 'swapList', tag, summary: 'Swaps, the latest first', description: desk, path },
      swapView,
      '403',
      '404',
    ),
    post: operation(
      {
        id: 'swapAsk',
        tag,
        summary: 'Ask somebody to take your shifts, for nothing or in return for theirs',
        description: `${desk} Managers may ask for others.`,
        path,
        header: repeatable,
        body: { required: true, ...json(newSwap) },
      },
      { '201': { description: 'Asked.', headers: locationHeader, ...json(swapView) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
  },
  '/api/v1/swaps/{swap}': {
    get: reading(
      { id: 'swapShow', tag, summary: 'One swap', description: desk, path: swapPath },
      'The swap.',
      swapView,
      '403',
      '404',
    ),
  },
  '/api/v1/swaps/{swap}/accept': {
    post: answer('Accept', 'Take the shifts: for who was asked; overrides carry it out at once'),
  },
  '/api/v1/swaps/{swap}/decline': { post: answer('Decline', 'Say no: for who was asked') },
  '/api/v1/swaps/{swap}/withdraw': {
    post: answer('Withdraw', 'Ask no longer: for who asked, and managers'),
  },
};
