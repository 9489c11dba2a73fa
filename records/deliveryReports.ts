import { wentAlongWith } from '../db/bundles.ts';
import { reportDelivery } from '../db/deliveries.ts';
import { findEffect } from '../db/effects.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { failPage } from './giveUp.ts';
import { bringForward, mayArriveAnotherWay } from './otherWays.ts';

export interface FailedDelivery {
  readonly effectKey: string;
  /** For people: what the receiver's side said. */
  readonly reason: string;
  /** Whether it surely did not arrive: then its person's next method is used at once. */
  readonly certain: boolean;
}

/** Lets a message that did not arrive go another way, or tells its record that none is left of a page. In a transaction that locked it. @returns whether something is to be done now */
async function fallBack(
  engine: Engine,
  tx: Queryable,
  effectKey: string,
  now: Instant,
): Promise<boolean> {
  const effect = await findEffect(tx, effectKey);
  if (effect?.kind !== 'notification') return false;
  if (await bringForward(tx, effect)) return true;
  if (effect.message !== 'page' || (await mayArriveAnotherWay(tx, effect))) return false;
  return failPage(engine, tx, effect, now);
}

/**
 * A message that its receiver had taken did not arrive after all, nor did those that went along with it: the person's next method is used at once,
 * and when none is left of a page, the record learns of it. The same again changes nothing.
 */
export async function deliveryFailed(
  engine: Engine,
  { effectKey, reason, certain }: FailedDelivery,
): Promise<void> {
  const isForward = await inTransaction(engine.pool, async (tx) => {
    const effect = await findEffect(tx, effectKey);
    if (effect?.kind !== 'notification') return false;
    const lost = [effect, ...(await wentAlongWith(tx, effectKey))];
    // In one order, so that nobody who locks several waits in a circle.
    for (const number of [...new Set(lost.map((one) => one.number))].sort()) {
      await lockRecord(tx, number);
    }
    const now = engine.clock();
    const isNew = await reportDelivery(tx, effectKey, 'failed', reason, now);
    if (!isNew || !certain) return false;
    let isForward = false;
    for (const { key } of lost) isForward = (await fallBack(engine, tx, key, now)) || isForward;
    return isForward;
  });
  if (isForward) engine.onWake();
}

/** A message arrived, by its receiver's word. @param report for people */
export async function deliveryArrived(
  engine: Engine,
  effectKey: string,
  report: string,
): Promise<void> {
  await reportDelivery(engine.pool, effectKey, 'delivered', report, engine.clock());
}
