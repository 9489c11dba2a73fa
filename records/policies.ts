import { createHash } from 'node:crypto';

import { findCommand, storeCommand } from '../db/commands.ts';
import {
  activatePolicy,
  activePolicyHash,
  countOpenRecords,
  findPolicy,
  readPolicy,
  recordsLeftBehind,
  storePolicy,
} from '../db/policies.ts';
import type { StoredPolicy } from '../db/policies.ts';
import type { Pool, Queryable } from '../db/pool.ts';
import { inTransaction } from '../db/pool.ts';
import { addWakes } from '../db/wakes.ts';
import type { Actor } from '../domain/actor.ts';
import type { DomainError, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { makePolicy, parsePolicy, parseStoredPolicy } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import { canonical } from './canonical.ts';

/** The hash that names a policy: SHA-256 of its data in canonical JSON, so that comments and order do not matter. */
export function policyHash(data: unknown): string {
  return createHash('sha256').update(canonical(data)).digest('hex').slice(0, 32);
}

/** A stored policy that this version cannot read: an older or a newer one wrote it. */
export class UnreadablePolicy extends Error {
  constructor(hash: string, why: string) {
    super(`the stored policy ${hash} cannot be read by this version: ${why}`);
    this.name = 'UnreadablePolicy';
  }
}

/** Policies by hash, each read and made once: they never change. */
export interface Policies {
  /** @throws UnreadablePolicy */
  byHash(db: Queryable, hash: string): Promise<Policy>;
  /** The one in force. @throws UnreadablePolicy */
  active(db: Queryable): Promise<Policy>;
  /** One that decided in the past. Where this version cannot read it, the one in force stands in for it, so that its records go on. */
  former(db: Queryable, hash: string): Promise<Policy>;
}

const NONE =
  'no policy is active: run "provisor policy apply", or "provisor start", which applies the default';

/** A policy's faults in one line: their places and kinds, never a value of it. */
function faultsOf(error: DomainError): string {
  if (error.kind !== 'invalid') return error.kind;
  return error.issues.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
}

export function createPolicies(): Policies {
  const known = new Map<string, Policy>();
  const byHash = async (db: Queryable, hash: string): Promise<Policy> => {
    const cached = known.get(hash);
    if (cached !== undefined) return cached;
    const body = parseStoredPolicy(await readPolicy(db, hash));
    if (!body.ok) throw new UnreadablePolicy(hash, faultsOf(body.error));
    const policy = makePolicy(hash, body.value);
    known.set(hash, policy);
    return policy;
  };
  const active = async (db: Queryable): Promise<Policy> => {
    const hash = await activePolicyHash(db);
    if (hash === undefined) throw new Error(NONE);
    return byHash(db, hash);
  };
  return {
    byHash,
    active,
    former: (db, hash) =>
      byHash(db, hash).catch((error: unknown) => {
        if (error instanceof UnreadablePolicy) return active(db);
        throw error;
      }),
  };
}

/** The policy with the hash that was read as the one in force, with a record's lock or beside what else is asked. */
export async function policyInForce(
  policies: Policies,
  tx: Queryable,
  hash: string | null,
): Promise<Policy> {
  if (hash === null) throw new Error(NONE);
  return policies.byHash(tx, hash);
}

export interface AppliedPolicy {
  readonly hash: string;
  /** False when it was in force already. */
  readonly changed: boolean;
}

/** What a caller may ask of an application beside its data. */
export interface ApplyConditions {
  /** The hash of the policy that the caller saw in force: another one by now is not overwritten. */
  readonly ifMatch?: string | undefined;
  /** The same key again gets the same answer, whatever was applied in between. */
  readonly idempotencyKey?: string | undefined;
}

function idOf(by: Actor | string): string {
  return typeof by === 'string' ? by : by.id;
}

function nameOf(by: Actor | string): string {
  return typeof by === 'string' ? by : actorName(by);
}

/** An answer to a key is kept among those of commands: its number is the policy, its seq whether it changed anything. */
const ANSWER = 'policy/';

async function storedAnswer(
  tx: Queryable,
  by: string,
  key: string | undefined,
  bodyHash: Buffer,
): Promise<Result<AppliedPolicy> | undefined> {
  if (key === undefined) return undefined;
  const stored = await findCommand(tx, by, key);
  if (stored === undefined) return undefined;
  if (!stored.bodyHash.equals(bodyHash)) return refuse({ kind: 'keyReused', key });
  return ok({ hash: stored.number.slice(ANSWER.length), changed: stored.seq === 1 });
}

/** As many records are woken with the application itself. The relay's sweep finds the others, so that its transaction is short however many there are. */
const FIRST_WAKES = 500;

async function putInForce(
  tx: Queryable,
  { hash, data }: { hash: string; data: unknown },
  replaces: string | undefined,
  by: Actor | string,
  now: Instant,
): Promise<void> {
  await storePolicy(tx, hash, data, now, idOf(by));
  await activatePolicy(tx, hash, now, idOf(by));
  await addWakes(tx, await recordsLeftBehind(tx, FIRST_WAKES));
  // Last, for its lock holds up every other administrative change.
  const change = { hash, replaces: replaces ?? null };
  await recordChange(tx, { kind: 'policyActivated', actor: nameOf(by), at: now, data: change });
}

/**
 * Checks a policy's data, stores it and puts it in force. A policy with a fault changes nothing. Open records are woken and computed anew, behind
 * everything that is more urgent and no faster than the relay's bound allows.
 */
export async function applyPolicy(
  pool: Pool,
  data: unknown,
  by: Actor | string,
  now: Instant,
  { ifMatch, idempotencyKey }: ApplyConditions = {},
): Promise<Result<AppliedPolicy>> {
  const parsed = parsePolicy(data);
  if (!parsed.ok) return parsed;
  const hash = policyHash(data);
  const bodyHash = createHash('sha256').update(`apply policy\n${hash}`).digest();
  return inTransaction(pool, async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext('provisor.policy'))");
    const answer = await storedAnswer(tx, nameOf(by), idempotencyKey, bodyHash);
    if (answer !== undefined) return answer;
    const current = await activePolicyHash(tx);
    if (ifMatch !== undefined && ifMatch !== current) {
      return refuse({ kind: 'stale', expected: ifMatch, actual: current ?? 'none' });
    }
    const changed = current !== hash;
    if (changed) await putInForce(tx, { hash, data }, current, by, now);
    if (idempotencyKey !== undefined) {
      const stored = { bodyHash, number: `${ANSWER}${hash}`, seq: changed ? 1 : 0 };
      await storeCommand(tx, nameOf(by), idempotencyKey, stored, now);
    }
    return ok({ hash, changed });
  });
}

/** How far the open records have come since a policy was applied. */
export interface Recomputation {
  readonly open: number;
  /** Open records that were computed under this policy. */
  readonly decidedByIt: number;
  /** Open records that are still as another policy made them. */
  readonly decidedByOthers: number;
}

export interface KnownPolicy extends StoredPolicy {
  readonly hash: string;
  readonly records: Recomputation;
}

/** A stored policy, and how many open records decide by it. */
export async function getPolicy(db: Queryable, hash: string): Promise<Result<KnownPolicy>> {
  const stored = await findPolicy(db, hash);
  if (stored === undefined) return refuse({ kind: 'notFound', what: 'this policy' });
  const { open, computed } = await countOpenRecords(db, hash);
  const records = { open, decidedByIt: computed, decidedByOthers: open - computed };
  return ok({ ...stored, hash, records });
}
