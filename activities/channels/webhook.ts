import { Webhook } from 'standardwebhooks';
import { MINUTE, SECOND } from '../../domain/time.ts';
import { webhookSecret } from '../../records/signing.ts';
import { DeliveryError } from './channel.ts';
import type { Channel } from './channel.ts';
import { createOutbound } from './outbound.ts';
import type { Resolve } from './outbound.ts';
import { post } from './post.ts';
import type { Answer } from './post.ts';

const LONGEST_RETRY_AFTER = 15 * MINUTE;

export interface WebhookOptions {
  /** PROVISOR_SECRET: each receiver's signing secret is derived from it. */
  readonly secret: string;
  /** Networks beyond the public internet that webhooks may reach. */
  readonly allowed: readonly string[];
  readonly resolve?: Resolve;
  /** For the whole exchange. */
  readonly timeLimitMs?: number;
}

/** A wait that a receiver asked for (RFC 9110, Retry-After: seconds or a date), never longer than 15 minutes. Undefined when it says nothing of use. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * SECOND : Date.parse(value) - now;
  if (Number.isNaN(ms) || ms <= 0) return undefined;
  return Math.min(ms, LONGEST_RETRY_AFTER);
}

/** @throws DeliveryError for every status but 2xx */
function judge(host: string, { status, retryAfter }: Answer): void {
  if (status >= 200 && status <= 299) return;
  const said = `${host} answered ${status}`;
  if (status >= 300 && status <= 399) {
    throw new DeliveryError(
      `${said}: redirects are not followed, put the final address into the policy`,
      { retryable: false },
    );
  }
  if (status === 410)
    throw new DeliveryError(`${said}: the receiver is gone for good`, { retryable: false });
  const retryable = status >= 500 || [408, 425, 429].includes(status);
  const waits = status === 429 || status === 503;
  throw new DeliveryError(said, {
    retryable,
    retryAfterMs: waits ? parseRetryAfter(retryAfter, Date.now()) : undefined,
  });
}

/**
 * Posts CloudEvents 1.0 (structured JSON), signed per Standard Webhooks. `webhook-id` is the effect's key, the same for every repeat.
 * @throws Error when an entry of `allowed` is no network
 */
export function createWebhookChannel(options: WebhookOptions): Channel {
  const { secret, allowed, resolve, timeLimitMs = 10 * SECOND } = options;
  const outbound = createOutbound(allowed, resolve);
  return {
    async send({ key, person, event }, signal) {
      if (person.webhook === undefined) {
        throw new DeliveryError(`${person.name} has no webhook`, { retryable: false });
      }
      const url = outbound.parse(person.webhook);
      const body = JSON.stringify(event);
      const at = new Date();
      const headers = {
        'content-type': 'application/cloudevents+json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Provisor',
        'webhook-id': key,
        'webhook-timestamp': String(Math.floor(at.getTime() / SECOND)),
        'webhook-signature': new Webhook(webhookSecret(secret, person.webhook)).sign(key, at, body),
      };
      const limit = AbortSignal.timeout(timeLimitMs);
      const until = AbortSignal.any([signal, limit]);
      const answer = await post(url, {
        headers,
        body,
        lookup: outbound.lookup,
        signal: until,
      }).catch((error: unknown) => {
        if (error instanceof DeliveryError) throw error;
        const cause = error as NodeJS.ErrnoException;
        const text = limit.aborted
          ? `no answer within ${timeLimitMs / SECOND} s`
          : (cause.code ?? cause.message);
        throw new DeliveryError(`${url.host}: ${text}`, { retryable: true, cause });
      });
      judge(url.host, answer);
      return { detail: `${url.host} answered ${answer.status}` };
    },
  };
}
