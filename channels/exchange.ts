import type { OutgoingHttpHeaders } from 'node:http';
import { MINUTE, SECOND } from '../domain/time.ts';
import { DeliveryError } from './channel.ts';
import { createOutbound } from './outbound.ts';
import type { Resolve } from './outbound.ts';
import { post } from './post.ts';
import type { Answer } from './post.ts';

const LONGEST_RETRY_AFTER = 15 * MINUTE;

export interface ExchangeOptions {
  /** Networks and hosts beyond the public internet that messages may go to. */
  readonly allowed: readonly string[];
  readonly resolve?: Resolve | undefined;
  /** For connecting, sending and reading together. */
  readonly timeLimitMs?: number | undefined;
}

/** What a host answered. Of its address only the host is told further: a path may be a secret. */
export interface HostAnswer extends Answer {
  readonly host: string;
}

/** Posts to the world: within the networks that are allowed, and in time. */
export interface Exchange {
  /**
   * @returns the answer, whatever its status
   * @throws DeliveryError when there is none: repeating it makes sense, unless the address may not be reached
   */
  post(
    address: string,
    request: { readonly headers: OutgoingHttpHeaders; readonly body: string },
    signal: AbortSignal,
  ): Promise<HostAnswer>;
}

/** @throws Error when an entry of `allowed` is no network */
export function createExchange(options: ExchangeOptions): Exchange {
  const { allowed, resolve, timeLimitMs = 10 * SECOND } = options;
  const outbound = createOutbound(allowed, resolve);
  return {
    async post(address, { headers, body }, signal) {
      const url = outbound.parse(address);
      const { host } = url;
      const limit = AbortSignal.timeout(timeLimitMs);
      try {
        const answer = await post(url, {
          headers: {
            'user-agent': 'Provisor',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
          body,
          lookup: outbound.lookup,
          signal: AbortSignal.any([signal, limit]),
        });
        return { ...answer, host };
      } catch (error) {
        if (error instanceof DeliveryError) throw error;
        const cause = error as NodeJS.ErrnoException;
        const text = limit.aborted
          ? `no answer within ${timeLimitMs / SECOND} s`
          : (cause.code ?? cause.message);
        throw new DeliveryError(`${host}: ${text}`, { retryable: true, cause });
      }
    },
  };
}

/** A wait that a receiver asked for (RFC 9110, Retry-After: seconds or a date), never longer than 15 minutes. Undefined when it says nothing of use. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * SECOND : Date.parse(value) - now;
  if (Number.isNaN(ms) || ms <= 0) return undefined;
  return Math.min(ms, LONGEST_RETRY_AFTER);
}

/**
 * @returns what to note when it is 2xx
 * @throws DeliveryError for every other status: a fault of the receiver's is tried again, what it refuses is not
 */
export function requireAccepted({ host, status, retryAfter }: HostAnswer): string {
  const said = `${host} answered ${status}`;
  if (status >= 200 && status <= 299) return said;
  if (status >= 300 && status <= 399) {
    throw new DeliveryError(`${said}: redirects are not followed, set the final address`, {
      retryable: false,
    });
  }
  if (status === 410) {
    throw new DeliveryError(`${said}: the receiver is gone for good`, { retryable: false });
  }
  const retryable = status >= 500 || [408, 425, 429].includes(status);
  const waits = status === 429 || status === 503;
  throw new DeliveryError(said, {
    retryable,
    retryAfterMs: waits ? parseRetryAfter(retryAfter, Date.now()) : undefined,
  });
}

/** The body as JSON; undefined when it is none, for instance because it broke off. */
export function jsonOf({ body }: HostAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
