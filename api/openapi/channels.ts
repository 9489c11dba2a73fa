import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { channelList, channelTestView } from '../contract.ts';
import { json, operation, reading, repeatable } from './parts.ts';

const tag = 'channels';

/** Places that many people read: the policy names them. */
export const channels: ZodOpenApiPathsObject = {
  '/api/v1/channels': {
    get: reading(
      {
        id: 'channelList',
        tag,
        summary: 'The places that many people read, by the policy in force',
        description: 'For the desk. Their addresses are in the policy.',
      },
      'Channels.',
      channelList,
      '403',
    ),
  },
  '/api/v1/channels/{name}/test': {
    post: operation(
      {
        id: 'channelTest',
        tag,
        summary: 'Send a test page there, now',
        description:
          'Roles: manager, admin. One a minute goes to an address, and five an hour (429).',
        path: z.object({ name: z.string().meta({ example: 'ops' }) }),
        header: repeatable,
      },
      { '200': { description: 'What the receiver said.', ...json(channelTestView) } },
      '403',
      '404',
      '422',
    ),
  },
};
