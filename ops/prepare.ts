import { migrate } from '../db/migrate.ts';
import { createPool } from '../db/pool.ts';
import type { Pool } from '../db/pool.ts';
import { listKeys } from '../db/keys.ts';
import { bootstrapKey } from '../records/keys.ts';
import { ensureNumbers } from '../records/numbers.ts';
import { startPolicy } from './startPolicy.ts';
import type { StartPolicy } from './startPolicy.ts';

export interface PrepareOptions {
  readonly databaseUrl: string;
  /** The first admin's key; undefined: made when there is no key at all yet. */
  readonly bootstrapKey?: string | undefined;
  readonly makeKey: () => string;
  /** The organisation's own policy file, applied once (ops/startPolicy.ts). */
  readonly policyFile?: string | undefined;
}

export interface Prepared {
  readonly policy: StartPolicy;
  /** A key that was made just now, to be shown once. */
  readonly madeKey: string | undefined;
}

/**
 * Makes a database ready for this version: its tables, a policy in force, a first admin's key. Doing it again changes nothing.
 * @throws Error that lists what is wrong with a policy file, by its place in the file, or says that the policy in force cannot be read
 */
export async function prepareDatabase(options: PrepareOptions): Promise<Prepared> {
  await migrate(options.databaseUrl);
  const pool = createPool(options.databaseUrl, 2);
  try {
    await ensureNumbers(pool);
    const policy = await startPolicy(pool, options.policyFile);
    return { policy, madeKey: await storeFirstKey(pool, options) };
  } finally {
    await pool.end();
  }
}

async function storeFirstKey(pool: Pool, options: PrepareOptions): Promise<string | undefined> {
  if (options.bootstrapKey !== undefined) {
    await bootstrapKey(pool, options.bootstrapKey, Date.now());
    return undefined;
  }
  if ((await listKeys(pool)).length > 0) return undefined;
  const made = options.makeKey();
  await bootstrapKey(pool, made, Date.now());
  return made;
}
