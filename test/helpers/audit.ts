import { inSnapshot } from '../../db/auditRead.ts';
import { inTransaction } from '../../db/pool.ts';
import type { Result } from '../../domain/errors.ts';
import type { RecordState } from '../../domain/process.ts';
import { person } from '../../domain/simulation.ts';
import { fromIso, MINUTE } from '../../domain/time.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import type { Checkpoint } from '../../records/checkpoints.ts';
import { commit, open } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { createKey } from '../../records/keys.ts';
import type { Committed } from '../../records/request.ts';
import { createSigner } from '../../records/signer.ts';
import type { PublicKey } from '../../records/signer.ts';
import { verifyAll } from '../../records/verify.ts';
import type { VerifyReport } from '../../records/verify.ts';
import { createTestDatabase, testEngine, usePolicy } from './database.ts';
import type { TestDatabase } from './database.ts';

export const monday = fromIso('2026-11-23T09:00:00Z');
export const lea = person('lea', 'manager');
export const admin = person('admin', 'admin');
export const signer = createSigner('a secret of the auditors, long enough');
export const forger = createSigner('a secret of somebody else, long enough');

export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function openIncident(engine: Engine, title = 'Shop is down'): Promise<RecordState> {
  const request = { actor: lea, now: monday };
  const input = { title, impact: 1, urgency: 1 };
  return accepted<Committed>(await open(engine, processOf(engine, 'incident'), input, request))
    .record;
}

export async function give(engine: Engine, number: string, command: string, input: object) {
  const request = { actor: lea, now: monday + MINUTE };
  return accepted(await commit(engine, number, command, input, request)).record;
}

/** Three incidents with a history, a key and a policy, and two checkpoints that saw them. */
export interface Scene {
  readonly database: TestDatabase;
  readonly engine: Engine;
  readonly first: string;
  readonly second: string;
  readonly third: string;
  readonly kept: Checkpoint[];
  readonly keyId: string;
}

async function scene(): Promise<Scene> {
  const database = await createTestDatabase(4);
  const engine = testEngine(database.pool);
  const first = (await openIncident(engine)).number;
  await give(engine, first, 'acknowledge', {});
  await give(engine, first, 'comment', { text: 'The password is hunter2', visibility: 'internal' });
  const request = { holder: { person: 'ann' }, roles: ['resolver' as const] };
  const { key } = accepted(await createKey(engine, request, admin));
  await usePolicy(database.pool, (policy) => ({ ...policy, defaultService: 'wiki' }));
  const second = (await openIncident(engine, 'Wiki is slow')).number;
  const kept = await takeCheckpoints(database.pool, signer, () => monday + 2 * MINUTE);
  await give(engine, first, 'resolve', { code: 'fixed', notes: 'Restarted' });
  const third = (await openIncident(engine, 'Shop is down again')).number;
  kept.push(...(await takeCheckpoints(database.pool, signer, () => monday + 3 * MINUTE)));
  return { database, engine, first, second, third, kept, keyId: key.id };
}

/** Verifies the scene as auditors do. @param kept checkpoints that they kept @param trusted keys that they know */
export function verify(
  { database }: Pick<Scene, 'database'>,
  kept: readonly Checkpoint[] = [],
  trusted: readonly PublicKey[] = [signer],
): Promise<VerifyReport> {
  return inSnapshot(database.url, (db) => verifyAll(db, { trusted, kept }));
}

/** Statements of somebody who owns the database: no trigger stands in the way. */
export async function tamper({ database }: Scene, ...statements: string[]): Promise<void> {
  await inTransaction(database.pool, async (tx) => {
    await tx.query('set local session_replication_role = replica');
    for (const statement of statements) await tx.query(statement);
  });
}

const scenes: Scene[] = [];

/** After all tests of a file. */
export async function dropScenes(): Promise<void> {
  await Promise.all(scenes.map(({ database }) => database.drop()));
}

export async function newScene(): Promise<Scene> {
  const made = await scene();
  scenes.push(made);
  return made;
}

/** What is wrong, as `provisor audit verify` writes it. */
export function lines({ faults }: VerifyReport): string[] {
  return faults.map(({ of, seq, what }) => `${of}${seq === undefined ? '' : ` ${seq}`}: ${what}`);
}
