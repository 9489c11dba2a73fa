import { Webhook } from 'standardwebhooks';
import { SECOND } from '../domain/time.ts';
import { webhookSecret } from '../records/signing.ts';
import type { Channel } from './channel.ts';
import { createExchange, requireAccepted } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';

export interface WebhookOptions extends ExchangeOptions {
  /** PROVISOR_SECRET: each receiver's signing secret is derived from it. */
  readonly secret: string;
  /** PROVISOR_SECRET_PREVIOUS: while it is set, messages carry a second signature, for receivers that have not changed over yet. */
  readonly previousSecret?: string | undefined;
}

/**
 * Posts CloudEvents 1.0 (structured JSON), signed per Standard Webhooks. `webhook-id` is the effect's key, the same for every repeat.
 * @throws Error when an entry of `allowed` is no network
 */
export function createWebhookChannel(options: WebhookOptions): Channel {
  const { secret, previousSecret } = options;
  const exchange = createExchange(options);
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
  return {
    async send({ key, person: { address }, event }, signal) {
      const body = JSON.stringify(event);
      const at = new Date();
      // A list, separated by spaces: a receiver takes the message when one of them is right.
      const signatures = secrets.map((each) =>
        new Webhook(webhookSecret(each, address)).sign(key, at, body),
      );
      const headers = {
        'content-type': 'application/cloudevents+json',
        'webhook-id': key,
        'webhook-timestamp': String(Math.floor(at.getTime() / SECOND)),
        'webhook-signature': signatures.join(' '),
      };
      return { detail: requireAccepted(await exchange.post(address, { headers, body }, signal)) };
    },
  };
}
