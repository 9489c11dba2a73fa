import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { readConfig } from '../config.ts';
import { findIdentity } from '../db/identity.ts';
import type { Identity, Namespace } from '../db/identity.ts';
import { createPool } from '../db/pool.ts';
import { planRecovery, recover } from '../records/recover.ts';
import type { RecoveryPlan } from '../records/recover.ts';
import { requireDatabase } from '../runtime/databases.ts';
import { ensureNamespace, findNamespace, readNamespace } from '../runtime/namespace.ts';

/** It may be starting after the outage; one that is not there is said soon. */
const DATABASE_WITHIN_MS = 10_000;

export interface RecoverOptions {
  /** Say what would be done, and change nothing. */
  readonly dryRun: boolean;
  /** Told after each batch how many of the records are woken. */
  readonly progress: (woken: number, all: number) => void;
}

/** What a recovery did, or with a dry run would do. */
export interface RecoverySummary extends Pick<RecoveryPlan, 'records' | 'effects'> {
  /** Null when no namespace drove the records. */
  readonly from: { readonly name: string; readonly id: string } | null;
  /** The id is null while it is not made yet. */
  readonly to: { readonly name: string; readonly id: string | null };
  /** Orchestrations and messages that were set back to be done again under the same keys; null in a dry run. */
  readonly restarted: number | null;
}

/**
 * Gives the records of DATABASE_URL to the Temporal namespace that the environment names, after the one before was lost. May be repeated.
 * @throws Error that says what to do when the database or Temporal is not there
 */
export async function recoverRecords({
  dryRun,
  progress,
}: RecoverOptions): Promise<RecoverySummary> {
  const { DATABASE_URL, TEMPORAL_NAMESPACE } = readConfig();
  if (DATABASE_URL === undefined) {
    throw new Error(
      'DATABASE_URL is not set: with its own engines "provisor start" recovers by itself',
    );
  }
  await requireDatabase(DATABASE_URL, DATABASE_WITHIN_MS);
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const name = TEMPORAL_NAMESPACE ?? namespace ?? 'provisor';
  const pool = createPool(DATABASE_URL, 2);
  try {
    if (dryRun) {
      const found = await at(connectionOptions, () => findNamespace(connectionOptions, name));
      return summaryOf(await planRecovery(pool), found ?? { name, id: null }, null);
    }
    const to = await at(connectionOptions, async () => {
      await ensureNamespace(connectionOptions, name);
      return readNamespace(connectionOptions, name);
    });
    const done = await recover(pool, to, Date.now, progress);
    return summaryOf(done, to, done.restarted);
  } finally {
    await pool.end();
  }
}

function summaryOf(
  { from, records, effects }: RecoveryPlan,
  to: RecoverySummary['to'],
  restarted: number | null,
): RecoverySummary {
  return {
    from: from === undefined ? null : { name: from.name, id: from.id },
    to: { name: to.name, id: to.id },
    records,
    effects,
    restarted,
  };
}

/** @throws Error that names the server that `work` asked */
async function at<T>({ address }: ConnectionOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(
      `Temporal at ${address ?? 'localhost:7233'}: ${(error as Error).message}\nCheck TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE: they must name the Temporal that is to drive the records from now on.`,
    );
  }
}

/**
 * At the start of an installation with its own Temporal: when that is not the one that drove the records, or a recovery was broken off, the
 * records are given to it. @returns what to tell, undefined when nothing was to do
 */
export async function recoverOnStart(
  databaseUrl: string,
  address: string,
  namespace: string,
): Promise<string | undefined> {
  const target = await readNamespace({ address }, namespace);
  const pool = createPool(databaseUrl, 2);
  try {
    const before = await findIdentity(pool);
    if (before?.id === target.id && before.recoveredAt !== null) return undefined;
    const { records, restarted } = await recover(pool, target, Date.now);
    if (records === 0) return undefined;
    return `${whyRecovered(before, target)}: ${records} open records are taken up again from PostgreSQL, ${restarted} effects are looked at again.`;
  } finally {
    await pool.end();
  }
}

function whyRecovered(before: Identity | undefined, { id }: Namespace): string {
  if (before === undefined) return 'It was not noted which Temporal drives the records';
  return before.id === id
    ? 'A recovery was broken off'
    : 'Temporal is not the one that drove the records';
}
