import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createPool } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import type { Instant } from '../../domain/time.ts';
import { processes } from '../../processes/index.ts';
import { createEngine } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { applyPolicy } from '../../records/policies.ts';
import { testPolicy } from './policy.ts';

/** What `npm test` started before the tests; see test/run.ts. */
export interface RunningEngines {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly home: string;
}

export function runningEngines(): RunningEngines {
  const text = process.env['PROVISOR_TEST_ENGINES'];
  if (text === undefined) {
    throw new Error('this test needs the engines: run it with "npm test -- <path>"');
  }
  return JSON.parse(text) as RunningEngines;
}

export const TEMPLATE = 'provisor_template';

/** The Temporal namespace that drives a test's records, unless the test starts a system with a namespace of its own. */
export const testNamespace = { name: 'test', id: 'the-namespace-of-tests', clusterId: 'none' };
export const testDriver = testNamespace.id;

export function databaseUrl(name: string): string {
  const url = new URL(runningEngines().databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export interface TestDatabase {
  readonly pool: Pool;
  readonly url: string;
  drop(): Promise<void>;
}

/** Without a time limit, unlike a pool's statements: what makes a database waits for the server's disk. */
async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: runningEngines().databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A database of its own for each test file: a copy of the migrated template, which takes some milliseconds. */
export async function createTestDatabase(max = 8): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name} template ${TEMPLATE}`);
  const url = databaseUrl(name);
  const pool = createPool(url, max);
  return {
    pool,
    url,
    async drop() {
      await pool.end();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

/** An engine on a test's database; the template has the test policy in force. */
export function testEngine(pool: Pool, clock?: () => Instant): Engine {
  return createEngine({ pool, processes, ...(clock === undefined ? {} : { clock }) });
}

/** Puts a changed policy in force. */
export async function usePolicy(
  pool: Pool,
  change: (policy: PolicyInput) => PolicyInput,
): Promise<string> {
  const applied = await applyPolicy(pool, change(structuredClone(testPolicy)), 'test', Date.now());
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  return applied.value.hash;
}
