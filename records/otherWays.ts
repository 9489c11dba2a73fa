import type { Along } from '../db/bundles.ts';
import { findEffect, hurryNext, otherWays } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import { wakeAnew } from '../db/wakes.ts';
import type { Engine } from './engine.ts';

type Notification = StoredEffect & { readonly kind: 'notification' };

/**
 * A message does not get through one way: its person's next method is used at once instead of at its time. In a transaction that locked the record;
 * call `engine.onWake()` after it.
 * @returns whether there was one that waited
 */
export async function bringForward(tx: Queryable, effect: Notification): Promise<boolean> {
  if (!(await hurryNext(tx, effect))) return false;
  await wakeAnew(tx, [effect.number]);
  return true;
}

/** The same for those that were to go along with a message which does not get through: each in a transaction of its own. */
export async function bringForwardAlong(engine: Engine, along: readonly Along[]): Promise<void> {
  for (const { key, number } of along) {
    const forward = await inTransaction(engine.pool, async (tx) => {
      await lockRecord(tx, number);
      const effect = await findEffect(tx, key);
      return effect?.kind === 'notification' && (await bringForward(tx, effect));
    });
    if (forward) engine.onWake();
  }
}

/** Whether the same message to the same receiver has got through another way, or still may. */
export async function mayArriveAnotherWay(tx: Queryable, effect: Notification): Promise<boolean> {
  return (await otherWays(tx, effect)) > 0;
}
