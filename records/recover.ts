import { openEffects, restartEffects } from '../db/effects.ts';
import { forgetLooks } from '../db/heartbeatLooks.ts';
import { findIdentity, noteRecovered, storeIdentity } from '../db/identity.ts';
import type { Identity, Namespace } from '../db/identity.ts';
import { inTransaction } from '../db/pool.ts';
import type { Pool } from '../db/pool.ts';
import { recordsToDrive, wakeAnew } from '../db/wakes.ts';
import type { Instant } from '../domain/time.ts';

/** Records locked in one transaction: commands on them wait that long. */
const BATCH = 200;

export interface RecoveryPlan {
  /** Undefined when no namespace drives the records yet. */
  readonly from: Identity | undefined;
  /** Open records, and final ones with something left to do. */
  readonly records: number;
  /** Effects that are not done, by kind. */
  readonly effects: Readonly<Record<string, number>>;
}

export interface Recovered extends RecoveryPlan {
  readonly generation: number;
  /** Orchestrations that are started again, and messages that were under way. */
  readonly restarted: number;
}

/** What a recovery would do. */
export async function planRecovery(pool: Pool): Promise<RecoveryPlan> {
  const [from, records, effects] = await Promise.all([
    findIdentity(pool),
    recordsToDrive(pool),
    openEffects(pool),
  ]);
  return { from, records: records.length, effects };
}

/**
 * Gives all records to a Temporal namespace, usually an empty one. From the first transaction on the namespace before drives nothing; then every
 * record that needs a workflow is woken, and what the lost one ran is set back to be started again under the same keys. Workers take the wakes
 * up at their relay's bounded rate, and start the workflows of heartbeats. May be repeated, and goes on where it was broken off.
 * @param onProgress called after each batch with how many of the records are done
 */
export async function recover(
  pool: Pool,
  namespace: Namespace,
  now: () => Instant,
  onProgress: (done: number, all: number) => void = () => undefined,
): Promise<Recovered> {
  const plan = await planRecovery(pool);
  const generation = await storeIdentity(pool, namespace, now());
  // Asked again: what came in the meantime was woken in the namespace before.
  const numbers = await recordsToDrive(pool);
  let restarted = 0;
  for (let done = 0; done < numbers.length; done += BATCH) {
    const batch = numbers.slice(done, done + BATCH);
    restarted += await inTransaction(pool, async (tx) => {
      await wakeAnew(tx, batch);
      return restartEffects(tx, batch);
    });
    onProgress(Math.min(done + BATCH, numbers.length), numbers.length);
  }
  await forgetLooks(pool);
  await noteRecovered(pool, generation, now());
  return { ...plan, records: numbers.length, generation, restarted };
}
