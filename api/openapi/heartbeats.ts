import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  createdHeartbeat,
  deletedHeartbeat,
  heartbeatView,
  newHeartbeat,
  renewedHeartbeat,
  tokenRenewal,
} from '../contract/heartbeats.ts';
import {
  conditional,
  etagHeader,
  json,
  listing,
  locationHeader,
  ofBody,
  operation,
  problems,
  reading,
  repeatable,
} from './parts.ts';

const tag = 'heartbeats';
const path = z.object({ id: z.string() });
const seen = conditional(
  'The ETag that you saw: when the heartbeat has changed since, nothing happens (412).',
);

/** Operations on one heartbeat that only change whether it is waited for. */
function switching(id: string, does: string, summary: string) {
  return {
    post: operation(
      { id, tag, summary, path, header: repeatable },
      { '200': { description: does, ...json(heartbeatView), headers: etagHeader } },
      '403',
      '404',
    ),
  };
}

const token = z.string().meta({ description: 'Of its address: it is the key.' });
const kind = z.enum(['start', 'fail']);
const noted = {
  '200': { description: 'Noted.', content: { 'text/plain': { schema: { type: 'string' } } } },
  ...problems('404', '503'),
} as const;

/** One address of a heartbeat. @param name of its operations, before the method's */
function pinging(name: string, summary: string, params: z.ZodObject) {
  const of = (method: string) => ({
    operationId: `${name}${method}`,
    summary,
    tags: [tag],
    security: [],
    responses: noted,
  });
  const query = z.object({
    status: z.enum(['ok', 'start', 'fail']).optional().meta({ description: 'Without one: ok.' }),
  });
  return {
    get: { ...of(''), requestParams: { path: params, query } },
    post: { ...of('ByPost'), requestParams: { path: params, query, header: repeatable } },
  };
}

export const heartbeats: ZodOpenApiPathsObject = {
  '/api/v1/heartbeats': {
    get: listing({ id: 'heartbeatList', tag, summary: 'What must report' }, heartbeatView, '403'),
    post: operation(
      {
        id: 'heartbeatCreate',
        tag,
        summary: 'Wait for pings of something',
        header: repeatable,
        body: { required: true, ...json(newHeartbeat) },
      },
      {
        '201': {
          description: 'Made; its address is shown this once.',
          ...json(createdHeartbeat),
          headers: { ...etagHeader, ...locationHeader },
        },
      },
      '400',
      '403',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/heartbeats/{id}': {
    get: reading(
      { id: 'heartbeatShow', tag, summary: 'How a heartbeat is', path },
      'The heartbeat.',
      heartbeatView,
      '403',
      '404',
    ),
    put: operation(
      {
        id: 'heartbeatChange',
        tag,
        summary: 'Change a heartbeat',
        description: 'With another `every` or `grace` it is waited for from now on.',
        path,
        header: seen,
        body: { required: true, ...json(newHeartbeat) },
      },
      { '200': { description: 'Changed.', ...json(heartbeatView), headers: etagHeader } },
      '400',
      '403',
      '404',
      '412',
      ...ofBody,
    ),
    delete: operation(
      {
        id: 'heartbeatDelete',
        tag,
        summary: 'Delete a heartbeat: its address is unknown from then on',
        path,
        header: seen,
      },
      { '200': { description: 'Deleted.', ...json(deletedHeartbeat) } },
      '403',
      '404',
      '412',
    ),
  },
  '/api/v1/heartbeats/{id}/token': {
    post: operation(
      {
        id: 'heartbeatRenewToken',
        tag,
        summary: 'Give a heartbeat another address',
        description:
          'Pings to its addresses of before count for a day as well, or for `formerValidFor`: with `0s` they are unknown at once, as after a leak.',
        path,
        header: repeatable,
        body: { required: false, ...json(tokenRenewal) },
      },
      {
        '200': {
          description: 'Renewed; its address is shown this once.',
          ...json(renewedHeartbeat),
        },
      },
      '400',
      '403',
      '404',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/heartbeats/{id}/pause': switching('heartbeatPause', 'Paused.', 'Wait for no ping'),
  '/api/v1/heartbeats/{id}/resume': switching(
    'heartbeatResume',
    'Waited for.',
    'Wait for pings again, from now on',
  ),
  '/heartbeats/{token}': pinging('ping', 'I work', z.object({ token })),
  '/heartbeats/{token}/{kind}': pinging(
    'pingOf',
    'I begin, or I failed',
    z.object({ token, kind }),
  ),
};
