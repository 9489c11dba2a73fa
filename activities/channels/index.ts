import type { Config } from '../../config.ts';
import type { Channel as ChannelName } from '../../domain/policy.ts';
import type { Channel } from './channel.ts';
import { createEmailChannel } from './email.ts';
import { createWebhookChannel } from './webhook.ts';

export type ChannelConfig = Pick<
  Config,
  'SMTP_URL' | 'MAIL_FROM' | 'PROVISOR_OUTBOUND_ALLOW' | 'publicUrl'
>;

/**
 * The channels of this installation.
 * @param secret PROVISOR_SECRET
 * @throws Error for a setting that cannot be used: SMTP_URL, PROVISOR_OUTBOUND_ALLOW
 */
export function createChannels(
  config: ChannelConfig,
  secret: string,
): Readonly<Record<ChannelName, Channel>> {
  return {
    email: createEmailChannel({
      smtpUrl: config.SMTP_URL,
      from: config.MAIL_FROM,
      publicUrl: config.publicUrl,
    }),
    webhook: createWebhookChannel({ secret, allowed: config.PROVISOR_OUTBOUND_ALLOW }),
  };
}
