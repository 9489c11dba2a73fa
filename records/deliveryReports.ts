import { reportDelivery } from '../db/deliveries.ts';
import { findEffect } from '../db/effects.ts';
import { inTransaction } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Engine } from './engine.ts';
import { bringForward } from './otherWays.ts';

export interface FailedDelivery {
  readonly effectKey: string;
  /** For people: what the receiver's side said. */
  readonly reason: string;
  /** Whether it surely did not arrive: then its person's next method is used at once. */
  readonly certain: boolean;
}

/** A message that its receiver had taken did not arrive after all. The same again changes nothing. */
export async function deliveryFailed(
  engine: Engine,
  { effectKey, reason, certain }: FailedDelivery,
): Promise<void> {
  const isForward = await inTransaction(engine.pool, async (tx) => {
    const effect = await findEffect(tx, effectKey);
    if (effect?.kind !== 'notification') return false;
    await lockRecord(tx, effect.number);
    const now = engine.clock();
    const isNew = await reportDelivery(tx, effectKey, 'failed', reason, now);
    return isNew && certain && (await bringForward(tx, effect, now));
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
