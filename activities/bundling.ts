import {
  companionOf,
  companionOrAlone,
  goesByItself,
  lockReceiver,
  standingOf,
  takeAlong,
} from '../db/bundles.ts';
import type { Companion } from '../db/bundles.ts';
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

/** The turn of a message of which it is decided with which one it goes out; undefined when that one does not go out after all. */
async function turnWith(
  db: Queryable,
  { key }: Message,
  companion: Companion,
  now: Instant,
): Promise<Turn | undefined> {
  if (companion.key === key) return { kind: 'send', takesAlong: companion.along > 0 };
  switch (companion.state) {
    case 'done':
      await finishEffect(db, key, 'done', now, `sent together with ${companion.key}`);
      return { kind: 'sent' };
    case 'pending':
    case 'started':
      return { kind: 'wait', ms: LOOK_AGAIN + companion.along * APART };
    case 'cancelling':
    case 'cancelled':
    case 'dead':
      return undefined;
  }
}

/** Decides among all that are due to the receiver, while nobody else does. */
async function decide(
  tx: Queryable,
  message: Message,
  limit: RateLimit,
  now: Instant,
): Promise<Turn> {
  const { key } = message;
  const companion = await companionOf(tx, key);
  const turn = companion && (await turnWith(tx, message, companion, now));
  if (turn !== undefined) return turn;
  if (companion !== undefined) await goesByItself(tx, key);
  const { undecided, taken } = await standingOf(tx, { message, now, since: now - limit.per });
  const { together, waiting, until = now } = bundle(undecided, taken, limit, now);
  const place = waiting.findIndex((one) => one.key === key);
  if (place >= 0) return { kind: 'wait', ms: Math.max(SECOND, until - now) + place * APART };
  // Whoever comes first decides for all that are no more urgent. The first of them may be waiting for its next attempt.
  const own = together.find((one) => one.key === key);
  const others = together
    .filter((one) => one.key !== key && own && byRank(own, one) <= 0)
    .map((one) => one.key);
  const isDecided = await takeAlong(tx, key, others, now);
  // One of them went by itself meanwhile, without the lock: now it counts as taken.
  return isDecided
    ? { kind: 'send', takesAlong: others.length > 0 }
    : decide(tx, message, limit, now);
}

/**
 * Keeps to the rate limit of a receiver: too many messages at once become one that says how many more there are. Nothing is dropped. A message that
 * is by itself, as most are, costs one statement.
 */
export async function takeTurn(
  pool: Pool,
  message: Message,
  limit: RateLimit,
  now: Instant,
): Promise<Turn> {
  const asking = { message, now, since: now - limit.per };
  const companion = await companionOrAlone(pool, asking, limit.messages);
  const turn = companion && (await turnWith(pool, message, companion, now));
  if (turn !== undefined) return turn;
  return inTransaction(pool, async (tx) => {
    await lockReceiver(tx, message);
    return decide(tx, message, limit, now);
  });
}
