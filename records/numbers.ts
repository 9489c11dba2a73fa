import type { Queryable } from '../db/pool.ts';
import { ensureSequence } from '../db/records.ts';
import { processes } from '../processes/index.ts';

/** Makes the number sequence of every registered process that has none yet. */
export async function ensureNumbers(db: Queryable): Promise<void> {
  for (const { prefix } of processes) await ensureSequence(db, prefix);
}
