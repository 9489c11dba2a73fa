import { loadClientConnectConfig } from '@temporalio/envconfig';
import { readConfig } from '../config.ts';
import { findIdentity } from '../db/identity.ts';
import type { Identity, Namespace } from '../db/identity.ts';
import { createPool } from '../db/pool.ts';
import { planRecovery, recover } from '../records/recover.ts';
import type { RecoveryPlan } from '../records/recover.ts';
import { ensureNamespace, readNamespace } from '../runtime/namespace.ts';

export interface RecoverOptions {
  /** Say what would be done, and change nothing. */
  readonly dryRun: boolean;
  /** Told how far it is, for people. */
  readonly progress: (line: string) => void;
}

/**
 * Gives the records of DATABASE_URL to the Temporal namespace that the environment names, after the one before was lost. May be repeated.
 * @returns lines for the operator. @throws Error that says what to do when the database or Temporal is not there
 */
export async function recoverRecords({ dryRun, progress }: RecoverOptions): Promise<string[]> {
  const { DATABASE_URL, TEMPORAL_NAMESPACE } = readConfig();
  if (DATABASE_URL === undefined) {
    throw new Error(
      'DATABASE_URL is not set: with its own engines "provisor start" recovers by itself',
    );
  }
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const name = TEMPORAL_NAMESPACE ?? namespace ?? 'provisor';
  if (!dryRun) await ensureNamespace(connectionOptions, name);
  const target = await readNamespace(connectionOptions, name);
  const pool = createPool(DATABASE_URL, 2);
  try {
    if (dryRun) return [...wordsFor(await planRecovery(pool), target), 'Nothing was changed.'];
    const done = await recover(pool, target, Date.now, (count, all) => {
      progress(`Records woken: ${count} of ${all}`);
    });
    return [
      ...wordsFor(done, target),
      `Set back to be done again under the same keys: ${done.restarted}`,
      'The workers take the records up now, the most urgent first: watch provisor_wakes_waiting.',
    ];
  } finally {
    await pool.end();
  }
}

function wordsFor({ from, records, effects }: RecoveryPlan, to: Namespace): string[] {
  const before = from === undefined ? 'none' : `${from.name} (${from.id})`;
  const open = Object.entries(effects).map(([kind, count]) => `${count} ${kind}`);
  return [
    `Temporal namespace: ${before} → ${to.name} (${to.id})`,
    `Records that need a workflow: ${records}`,
    `Effects not done yet: ${open.join(', ') || 'none'}`,
  ];
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
