import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { heldPagesView, notificationStates, notificationView, page } from '../contract.ts';
import { channelKind } from '../../domain/channelKinds.ts';
import { number, paging, reading } from './parts.ts';

const several = 'Several with commas between.';

const query = paging.extend({
  person: z.string().optional().meta({ description: "A key of the policy's people." }),
  number: number.optional(),
  channel: channelKind.optional().meta({ description: several }),
  message: z.string().optional().meta({ description: several, example: 'page' }),
  state: z.enum(notificationStates).optional().meta({ description: several }),
  from: z.string().optional().meta({
    description: 'Planned at or after it: a date (UTC) or a moment.',
    example: '2026-11-01',
  }),
  to: z.string().optional().meta({ description: 'Planned before it.' }),
});

/** The ledger of notifications. */
export const notifications: ZodOpenApiPathsObject = {
  '/api/v1/notifications': {
    get: reading(
      {
        id: 'notificationList',
        tag: 'notifications',
        summary: 'Who was told or paged, when, how, with what result and why them',
        description:
          'The newest first. Roles: agent, resolver, manager, admin; everybody sees their own, and without those roles nothing else. No addresses are in it.',
        query,
      },
      'A page.',
      page(notificationView).extend({
        held: z.array(heldPagesView).optional().meta({
          description:
            "With `number`, for the desk: when the record's pages were held back, the newest first, 200 at most.",
        }),
      }),
      '400',
      '403',
    ),
  },
};
