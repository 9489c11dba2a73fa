import type { OutgoingHttpHeaders } from 'node:http';
import { MOST_CALENDAR_BYTES } from '../../domain/iCalendar/importShifts.ts';
import { SECOND } from '../../domain/time.ts';
import { DeliveryError } from '../channel.ts';
import { parseRetryAfter } from '../exchange.ts';
import { createOutbound } from '../outbound.ts';
import type { Outbound, Resolve } from '../outbound.ts';
import { get } from './get.ts';
import type { Got } from './get.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export interface FetchOptions {
  /** Networks and hosts beyond the public internet that calendars may be fetched from. */
  readonly allowed: readonly string[];
  readonly resolve?: Resolve;
  /** For the whole exchange, redirects included. */
  readonly timeLimitMs?: number;
}

/** By what a server recognises the version that is already here (RFC 9110 §8.8). */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** A calendar as its server has it now. */
export type FetchedCalendar =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly file: Uint8Array; readonly validators: Validators };

/**
 * Fetches the calendar at an address: `http`, `https`, or `webcal`, which stands for `https`.
 * @param known of the version that is already here; empty for the first time
 * @throws DeliveryError when there is no calendar to be had. Of the address it tells only the host: the path of a calendar that is shared
 *   by a link is its password.
 */
export type FetchCalendar = (
  address: string,
  known: Validators,
  signal: AbortSignal,
) => Promise<FetchedCalendar>;

/** @throws DeliveryError for every status but 200, 304 and redirects */
function requireCalendar(host: string, { status, headers }: Got): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (status === 200 && encoding !== 'identity') {
    const text = `${host} answered in the encoding ${encoding}, which was not asked for`;
    throw new DeliveryError(text, { retryable: false });
  }
  if (status === 200 || status === 304) return;
  throw new DeliveryError(`${host} answered ${status}`, {
    retryable: status >= 500 || [408, 425, 429].includes(status),
    retryAfterMs: parseRetryAfter(headers['retry-after'], Date.now()),
  });
}

/** Where a redirect leads: checked as the first address was, and never from https down to http. */
function nextUrl(url: URL, location: string | undefined, outbound: Outbound): URL {
  if (location === undefined || !URL.canParse(location, url.href)) {
    throw new DeliveryError(`${url.host} redirects to nowhere`, { retryable: false });
  }
  const next = outbound.parse(new URL(location, url).href);
  if (url.protocol === 'https:' && next.protocol !== 'https:') {
    throw new DeliveryError(`${url.host} redirects to ${next.host} without encryption`, {
      retryable: false,
    });
  }
  return next;
}

function conditions({ etag, lastModified }: Validators): OutgoingHttpHeaders {
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

/** @throws Error when an entry of `allowed` is no network */
export function createFetchCalendar(options: FetchOptions): FetchCalendar {
  const { allowed, resolve, timeLimitMs = 20 * SECOND } = options;
  const outbound = createOutbound(allowed, resolve);

  /** The answer at the end of all redirects. */
  async function follow(start: URL, known: Validators, signal: AbortSignal): Promise<Got> {
    const request = {
      headers: {
        'user-agent': 'Provisor',
        accept: 'text/calendar, */*;q=0.1',
        'accept-encoding': 'identity',
        ...conditions(known),
      },
      lookup: outbound.lookup,
      signal,
      mostBytes: MOST_CALENDAR_BYTES,
    };
    let url = start;
    for (let count = 0; count <= MOST_REDIRECTS; count++) {
      const got = await get(url, request);
      if (!REDIRECTS.includes(got.status)) {
        requireCalendar(url.host, got);
        return got;
      }
      url = nextUrl(url, got.headers.location, outbound);
    }
    const text = `${start.host} redirects more than ${MOST_REDIRECTS} times`;
    throw new DeliveryError(text, { retryable: false });
  }

  return async (address, known, signal) => {
    const url = outbound.parse(address.replace(/^webcals?:/i, 'https:'));
    const limit = AbortSignal.timeout(timeLimitMs);
    try {
      const { status, headers, body } = await follow(url, known, AbortSignal.any([signal, limit]));
      if (status === 304) return { kind: 'unchanged' };
      const validators = { etag: headers.etag, lastModified: headers['last-modified'] };
      return { kind: 'changed', file: body, validators };
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      const cause = error as NodeJS.ErrnoException;
      const text = limit.aborted
        ? `no calendar within ${timeLimitMs / SECOND} s`
        : (cause.code ?? cause.message);
      throw new DeliveryError(`${url.host}: ${text}`, { retryable: true, cause });
    }
  };
}
