import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { migrate } from '../db/migrate.ts';
import { activePolicyHash } from '../db/policies.ts';
import { createPool } from '../db/pool.ts';
import type { Pool } from '../db/pool.ts';
import { listKeys } from '../db/keys.ts';
import { bootstrapKey } from '../records/keys.ts';
import { ensureNumbers } from '../records/numbers.ts';
import { applyPolicy } from '../records/policies.ts';

const DEFAULT_POLICY = fileURLToPath(new URL('../policies/default.yaml', import.meta.url));

export interface PrepareOptions {
  readonly databaseUrl: string;
  /** The first admin's key; undefined: made when there is no key at all yet. */
  readonly bootstrapKey?: string | undefined;
  readonly makeKey: () => string;
  /** The organisation's own policy; undefined: what is in force stays, and an empty database gets the default. */
  readonly policyFile?: string | undefined;
}

export interface Prepared {
  /** The policy in force, and whether it is a new one. */
  readonly policy: {
    readonly hash: string;
    readonly changed: boolean;
    readonly file: string | undefined;
  };
  /** A key that was made just now, to be shown once. */
  readonly madeKey: string | undefined;
}

/**
 * Makes a database ready for this version: its tables, a policy in force, a first admin's key. Doing it again changes nothing.
 * @throws Error that lists what is wrong with a policy file, by its place in the file
 */
export async function prepareDatabase(options: PrepareOptions): Promise<Prepared> {
  await migrate(options.databaseUrl);
  const pool = createPool(options.databaseUrl, 2);
  try {
    await ensureNumbers(pool);
    const policy = await putPolicyInForce(pool, options.policyFile);
    return { policy, madeKey: await storeFirstKey(pool, options) };
  } finally {
    await pool.end();
  }
}

async function putPolicyInForce(
  pool: Pool,
  given: string | undefined,
): Promise<Prepared['policy']> {
  const current = await activePolicyHash(pool);
  if (given === undefined && current !== undefined) {
    return { hash: current, changed: false, file: undefined };
  }
  const file = given ?? DEFAULT_POLICY;
  const applied = await applyPolicy(pool, readPolicyFile(file), 'start', Date.now());
  if (applied.ok) return { ...applied.value, file };
  const issues = applied.error.kind === 'invalid' ? applied.error.issues : [];
  const lines = issues.map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
  throw new Error(`The policy ${file} is not valid, so nothing was changed:\n${lines.join('\n')}`);
}

function readPolicyFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`The policy file ${file} cannot be read: check PROVISOR_POLICY.`);
  }
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`The policy file ${file} is no YAML: ${(error as Error).message}`);
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
