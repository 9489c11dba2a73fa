import { finishEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { requireDriver } from '../db/identity.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import { systemActor } from '../domain/actor.ts';
import type { Instant } from '../domain/time.ts';
import { commitIn } from './commit.ts';
import type { Engine } from './engine.ts';
import { bringForward, mayArriveAnotherWay } from './otherWays.ts';

type Notification = StoredEffect & { readonly kind: 'notification' };

export interface GivingUp {
  /** Why, in words: for the ledger and the list of dead letters, never for an event. */
  readonly reason: string;
  /** The record's time. */
  readonly now: Instant;
  /** The Temporal namespace of the worker that gives up. */
  readonly driver: string;
  /** What else belongs to the same transaction. */
  readonly also?: (tx: Queryable) => Promise<void>;
}

/**
 * Ends a message that does not get through as a dead letter, and lets the person's next method go at once. When no way of a page is left, the record
 * learns of it by its command `failPage`, if its process has one: whoever should have come does not know of it, so somebody else must be told. Of other messages it does not, so that a word about a dead page which dies
 * itself asks for no further one. One that was cancelled on the way stays cancelled, and nobody is told.
 * @throws Superseded when another namespace drives the records: nothing has changed
 */
export async function giveUp(
  engine: Engine,
  effect: Notification,
  { reason, now, driver, also }: GivingUp,
): Promise<void> {
  const { key, number, message } = effect;
  const told = await inTransaction(engine.pool, async (tx) => {
    await requireDriver(tx, driver);
    // Before its effect, as every commit does.
    await lockRecord(tx, number);
    await also?.(tx);
    const ended = await finishEffect(tx, key, 'dead', engine.clock(), reason);
    if (!ended) return false;
    const forward = await bringForward(tx, effect);
    if (message !== 'page' || (await mayArriveAnotherWay(tx, effect))) return forward;
    return (await failPage(engine, tx, effect, now)) || forward;
  });
  if (told) engine.onWake();
}

/** Tells the record that no way of a page is left. In a transaction that locked it. @returns false when the record's process does not want to know */
export async function failPage(
  engine: Engine,
  tx: Queryable,
  { key, number, organisation, person, namedChannel, channel, attempts }: Notification,
  now: Instant,
): Promise<boolean> {
  const input = { effect: key, person: person ?? namedChannel ?? '', channel };
  const request = {
    actor: systemActor(key, organisation),
    // The attempt may have been asked for long ago: the page failed now.
    now: Math.max(now, engine.clock()),
    // Sent again it can fail again.
    commandId: `${key}/failed/${attempts}`,
  };
  return (await commitIn(engine, tx, number, 'failPage', input, request)).ok;
}
