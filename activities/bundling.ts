import {
  companionOf,
  goesByItself,
  lockReceiver,
  takeAlong,
  takenSince,
  undecided,
} from '../db/bundles.ts';
import { finishEffect } from '../db/effects.ts';
import type { AddressedNotification } from '../db/effects.ts';
import { inTransaction } from '../db/pool.ts';
import type { Pool, Queryable } from '../db/pool.ts';
import { bundle, byRank } from '../domain/notification/bundle.ts';
import type { RateLimit } from '../domain/notification/bundle.ts';
import { SECOND } from '../domain/time.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';

type Message = AddressedNotification & { readonly key: string };

/** Whether a message goes out now, perhaps taking others along; is asked again after a while; or went along with another one. */
export type Turn =
  | { readonly kind: 'send'; readonly takesAlong: boolean }
  | { readonly kind: 'wait'; readonly ms: Milliseconds }
  | { readonly kind: 'sent' };

/** So long another one has, with which a message is to go out, before it is asked again. */
const LOOK_AGAIN = 2 * SECOND;
/** Those that wait for the same come back one after the other: a hundred a second, that a storm for one person keeps no worker from others' pages. */
const APART = SECOND / 100;

async function decide(
  tx: Queryable,
  message: Message,
  limit: RateLimit,
  now: Instant,
): Promise<Turn> {
  const { key } = message;
  const due = await undecided(tx, message, now);
  const taken = await takenSince(tx, message, key, now - limit.per);
  const { together, waiting, until = now } = bundle(due, taken, limit, now);
  const place = waiting.findIndex((one) => one.key === key);
  if (place >= 0) return { kind: 'wait', ms: Math.max(SECOND, until - now) + place * APART };
  // Whoever comes first decides for all that are no more urgent. The first of them may be waiting for its next attempt.
  const own = together.find((one) => one.key === key);
  const others = together.filter((one) => one.key !== key && own && byRank(own, one) <= 0);
  await takeAlong(
    tx,
    key,
    others.map((one) => one.key),
    now,
  );
  return { kind: 'send', takesAlong: others.length > 0 };
}

/** Keeps to the rate limit of a receiver: too many messages at once become one that says how many more there are. Nothing is dropped. */
export function takeTurn(
  pool: Pool,
  message: Message,
  limit: RateLimit,
  now: Instant,
): Promise<Turn> {
  return inTransaction(pool, async (tx) => {
    await lockReceiver(tx, message);
    const companion = await companionOf(tx, message.key);
    if (companion?.key === message.key) {
      return { kind: 'send', takesAlong: companion.along > 0 };
    }
    if (companion?.state === 'done') {
      await finishEffect(tx, message.key, 'done', now, `sent together with ${companion.key}`);
      return { kind: 'sent' };
    }
    if (companion?.state === 'pending' || companion?.state === 'started') {
      return { kind: 'wait', ms: LOOK_AGAIN + companion.along * APART };
    }
    if (companion !== undefined) await goesByItself(tx, message.key);
    return decide(tx, message, limit, now);
  });
}
