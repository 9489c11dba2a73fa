import { z } from 'zod';
import { positive } from '../policyParts.ts';
import { freeText, identifier } from '../text.ts';
import { SECOND } from '../time.ts';
import type { Instant, Milliseconds } from '../time.ts';

const MOST_OFTEN = 30 * SECOND;
const LEAST_GRACE = 10 * SECOND;

/** 1 is the highest; which there are is the policy's matrix. */
const level = z.number().int().min(1).max(9);

/** A heartbeat as people write it: something that must report at least so often, and the incident that opens when it does not. */
export const heartbeatSchema = z.strictObject({
  name: freeText(120),
  service: identifier(64),
  /** The configuration item. */
  item: identifier().optional(),
  impact: level,
  urgency: level,
  every: positive.refine((ms) => ms >= MOST_OFTEN, 'must be 30s or longer'),
  /** How late a ping may be. */
  grace: positive.refine((ms) => ms >= LEAST_GRACE, 'must be 10s or longer'),
});

/** As people write it: durations such as `5m`. */
export type HeartbeatInput = z.input<typeof heartbeatSchema>;
/** As parsed: durations in milliseconds. */
export type HeartbeatDefinition = z.output<typeof heartbeatSchema>;

/** A time in which nobody could ping: no API process answered, or the database did not. */
export interface Outage {
  readonly from: Instant;
  readonly until: Instant;
}

/** What a ping is waited for with. */
export interface Awaited {
  readonly every: Milliseconds;
  readonly grace: Milliseconds;
  /** From when on it is waited, whether or not a ping came: it was made, resumed or given another rhythm then. */
  readonly countsFrom: Instant;
  readonly lastPingAt: Instant | null;
}

/**
 * When a ping is missing unless one comes before. An outage of ours in which it may have been sent, from a grace before it was expected to a grace
 * after it, excuses it: it is waited for anew from the end of the outage, for nobody repeats a ping.
 * @param outages in the order of time
 */
export function deadlineOf(
  { every, grace, countsFrom, lastPingAt }: Awaited,
  outages: readonly Outage[],
): Instant {
  const began = Math.max(countsFrom, lastPingAt ?? countsFrom);
  const last = outages.reduce((from, outage) => {
    const expected = from + every;
    const concerns = outage.from <= expected + grace && outage.until >= expected - grace;
    return concerns ? Math.max(from, outage.until) : from;
  }, began);
  return last + every + grace;
}

export type HeartbeatStatus = 'waiting' | 'ok' | 'missing' | 'failed' | 'paused';

/** How a heartbeat is: it `failed` when it said so itself, is `missing` when it says nothing, `waiting` before its first ping. */
export function statusOf(heartbeat: {
  readonly pausedAt: Instant | null;
  readonly down: { readonly why: 'missing' | 'failed' } | null;
  readonly lastPingAt: Instant | null;
}): HeartbeatStatus {
  if (heartbeat.pausedAt !== null) return 'paused';
  return heartbeat.down?.why ?? (heartbeat.lastPingAt === null ? 'waiting' : 'ok');
}
