import { z } from 'zod';
import { channelKind } from '../../domain/channelKinds.ts';

/** The shapes of places that many people read, which policies name. */

const name = z.string().meta({ description: "A key of the policy's channels.", example: 'ops' });

export const channelView = z
  .object({
    name,
    kind: channelKind,
    unavailable: z
      .string()
      .nullable()
      .meta({ description: 'Why nothing can be sent there, and what to set.' }),
  })
  .meta({ id: 'Channel' });
export const channelList = z.object({ items: z.array(channelView) });
export type ChannelList = z.infer<typeof channelList>;

export const channelTestView = z
  .object({
    channel: name,
    accepted: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether the receiver took it; null: not known.' }),
    detail: z.string().meta({ description: 'What the receiver said.' }),
  })
  .meta({ id: 'ChannelTest' });
export type ChannelTestView = z.infer<typeof channelTestView>;

export const webhookSecretView = z
  .object({
    url: z.string(),
    secret: z.string().meta({ description: 'As Standard Webhooks writes it: `whsec_…`.' }),
  })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecret = z.infer<typeof webhookSecretView>;
