import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { migrate } from '../db/migrate.ts';
import { activePolicyHash, readPolicy } from '../db/policies.ts';
import { createPool } from '../db/pool.ts';
import type { Pool } from '../db/pool.ts';
import { listKeys } from '../db/keys.ts';
import { diffPolicies } from '../domain/policyDiff.ts';
import type { PolicyChange } from '../domain/policyDiff.ts';
import type { DomainError } from '../domain/errors.ts';
import { bootstrapKey } from '../records/keys.ts';
import { ensureNumbers } from '../records/numbers.ts';
import { applyPolicy } from '../records/policies.ts';
import { readPolicyText } from '../records/policyText.ts';
import type { PolicyText } from '../records/policyText.ts';

/** As many changes as a start lists one by one. */
const MOST_CHANGES = 20;

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
    /** What a new one changes in the one before it; empty when it is the first. */
    readonly changes: readonly PolicyChange[];
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
    return { hash: current, changed: false, file: undefined, changes: [] };
  }
  const file = given ?? DEFAULT_POLICY;
  const { data, lineOf } = readPolicyFile(file);
  const before = current === undefined ? undefined : await readPolicy(pool, current);
  const applied = await applyPolicy(pool, data, 'start', Date.now());
  if (!applied.ok) throw notValid(file, applied.error, lineOf);
  const changes = before === undefined ? [] : diffPolicies(before, data);
  return { ...applied.value, file, changes };
}

function notValid(file: string, error: DomainError, lineOf: PolicyText['lineOf']): Error {
  const issues = error.kind === 'invalid' ? error.issues : [];
  const lines = issues.map(
    ({ pointer, detail }) => `  line ${lineOf(pointer)}, ${pointer}: ${detail}`,
  );
  return new Error(`The policy ${file} is not valid, so nothing was changed:\n${lines.join('\n')}`);
}

function readPolicyFile(file: string): PolicyText {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`The policy file ${file} cannot be read: check PROVISOR_POLICY.`);
  }
  const read = readPolicyText(text);
  if (read.ok) return read.value;
  const detail = read.error.kind === 'invalid' ? read.error.issues[0]?.detail : undefined;
  throw new Error(`The policy file ${file} is no YAML: ${detail ?? read.error.kind}`);
}

/** What a new policy changes, a line each, as `provisor start` says it. Of people only that they changed: an address of theirs may hold a secret. */
export function changesInWords(changes: readonly PolicyChange[]): string[] {
  const shown = changes.slice(0, MOST_CHANGES).map(({ kind, pointer, from, to }) => {
    const values = kind === 'changed' && !pointer.startsWith('/people/');
    const place = `  ${kind.padEnd(8)} ${pointer}`;
    return values ? `${place}: ${brief(from)} → ${brief(to)}` : place;
  });
  const rest = changes.length - shown.length;
  return rest > 0 ? [...shown, `  and ${rest} more`] : shown;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
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
