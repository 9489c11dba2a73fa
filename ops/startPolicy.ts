import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listActivations, notePolicyOfStart, policyOfStart, readPolicy } from '../db/policies.ts';
import type { Activation } from '../db/policies.ts';
import type { Pool } from '../db/pool.ts';
import type { DomainError, InputIssue } from '../domain/errors.ts';
import { policyIssues } from '../domain/policy.ts';
import { diffPolicies } from '../domain/policyDiff.ts';
import type { PolicyChange } from '../domain/policyDiff.ts';
import { toIso } from '../domain/time.ts';
import { applyPolicy, createPolicies, policyHash, UnreadablePolicy } from '../records/policies.ts';
import { readPolicyText } from '../records/policyText.ts';
import type { PolicyText } from '../records/policyText.ts';

/** As many changes as a start lists one by one. */
const MOST_CHANGES = 20;

const DEFAULT_POLICY = fileURLToPath(new URL('../policies/default.yaml', import.meta.url));

/** The policy that a start found or put in force. */
export interface StartPolicy {
  readonly hash: string;
  /** Whether this start put it in force. */
  readonly changed: boolean;
  /** Why this one is in force, for the operator. */
  readonly why: string;
  /** What a new one changes in the one before it; empty when it is the first, or not new. */
  readonly changes: readonly PolicyChange[];
  /** What a new policy would be refused for: an earlier version took this one. */
  readonly warnings: readonly InputIssue[];
}

interface PolicyFile extends PolicyText {
  readonly file: string;
  readonly hash: string;
}

/**
 * Sees to a policy in force. A file is applied once: when it is another one than the last that a start took, so that what an admin applied since
 * survives the next start, or when nothing is in force. Without a file what is in force stays, and an empty database gets the default.
 * @throws Error that lists what is wrong with the file by its place in it, or says that the policy in force cannot be read
 */
export async function startPolicy(pool: Pool, given: string | undefined): Promise<StartPolicy> {
  const [current] = await listActivations(pool, 1);
  if (current === undefined) return take(pool, readPolicyFile(given ?? DEFAULT_POLICY), undefined);
  if (given === undefined) return keep(pool, current, 'as before');
  const file = readPolicyFile(given);
  if ((await policyOfStart(pool)) !== file.hash) return take(pool, file, current);
  if (current.hash === file.hash) return keep(pool, current, `as ${file.file} has it`);
  const { by, at } = current;
  return keep(
    pool,
    current,
    `applied by ${by} at ${toIso(at)}, after ${file.file}, which was applied at an earlier start and has not changed since: to put that one in force again, run "provisor policy apply"`,
  );
}

/** Puts a file's policy in force, unless it is already. */
async function take(
  pool: Pool,
  { file, hash, data, lineOf }: PolicyFile,
  current: Activation | undefined,
): Promise<StartPolicy> {
  const before = current === undefined ? undefined : await readPolicy(pool, current.hash);
  const applied = await applyPolicy(pool, data, 'start', Date.now());
  if (!applied.ok) throw notValid(file, applied.error, lineOf);
  await notePolicyOfStart(pool, hash);
  const { changed } = applied.value;
  const changes = before === undefined ? [] : diffPolicies(before, data);
  return {
    hash,
    changed,
    changes,
    warnings: [],
    why: changed ? `from ${file}` : `as ${file} has it`,
  };
}

async function keep(pool: Pool, { hash }: Activation, why: string): Promise<StartPolicy> {
  try {
    const { body } = await createPolicies().byHash(pool, hash);
    return { hash, changed: false, changes: [], warnings: policyIssues(body), why };
  } catch (error) {
    if (!(error instanceof UnreadablePolicy)) throw error;
    throw new Error(
      `The policy in force is none for this version: start with PROVISOR_POLICY, a file with the same content in today's form (${error.message}).`,
    );
  }
}

function notValid(file: string, error: DomainError, lineOf: PolicyText['lineOf']): Error {
  const issues = error.kind === 'invalid' ? error.issues : [];
  const lines = issues.map(
    ({ pointer, detail }) => `  line ${lineOf(pointer)}, ${pointer}: ${detail}`,
  );
  return new Error(`The policy ${file} is not valid, so nothing was changed:\n${lines.join('\n')}`);
}

function readPolicyFile(file: string): PolicyFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`The policy file ${file} cannot be read: check PROVISOR_POLICY.`);
  }
  const read = readPolicyText(text);
  if (read.ok) return { ...read.value, file, hash: policyHash(read.value.data) };
  const detail = read.error.kind === 'invalid' ? read.error.issues[0]?.detail : undefined;
  throw new Error(`The policy file ${file} is no YAML: ${detail ?? read.error.kind}`);
}

/** Which policy is in force and why, what a new one changes, and what is wrong with an old one, a line each. Of people only that they changed: an address of theirs may hold a secret. */
export function policyInWords({
  hash,
  why,
  changes,
  warnings,
}: Omit<StartPolicy, 'changed'>): string[] {
  const shown = changes.slice(0, MOST_CHANGES).map(({ kind, pointer, from, to }) => {
    const values = kind === 'changed' && !pointer.startsWith('/people/');
    const place = `  ${kind.padEnd(8)} ${pointer}`;
    return values ? `${place}: ${brief(from)} → ${brief(to)}` : place;
  });
  const rest = changes.length - shown.length;
  return [
    `Policy: ${hash}, ${why}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...warnings.map(({ pointer, detail }) => `  warning  ${pointer}: ${detail}`),
  ];
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
