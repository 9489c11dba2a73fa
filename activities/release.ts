import { finishEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { requireDriver } from '../db/identity.ts';
import { inTransaction } from '../db/pool.ts';
import type { Instant } from '../domain/time.ts';
import { releaseHeld } from '../records/holds.ts';
import type { ActivityDeps } from './deps.ts';

/** Lets the escalations go on whose pages a record held back. */
export async function release(
  { engine, driver }: ActivityDeps,
  { key, by }: Extract<StoredEffect, { kind: 'release' }>,
  now: Instant,
): Promise<void> {
  await releaseHeld(engine, [by], now);
  await inTransaction(engine.pool, async (tx) => {
    await requireDriver(tx, driver);
    await finishEffect(tx, key, 'done', engine.clock());
  });
}
