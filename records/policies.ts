import { createHash } from 'node:crypto';

import { findCommand, storeCommand } from '../db/commands.ts';
import {
  activatePolicy,
  activePolicyHash,
  countOpenRecords,
  findPolicy,
  readPolicy,
  storePolicy,
} from '../db/policies.ts';
import type { StoredPolicy } from '../db/policies.ts';
import type { Pool, Queryable } from '../db/pool.ts';
import { inTransaction } from '../db/pool.ts';
import { wakeOpenRecords } from '../db/wakes.ts';
import type { Actor } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
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

/** Policies by hash, each read and made once: they never change. */
export interface Policies {
  byHash(db: Queryable, hash: string): Promise<Policy>;
  active(db: Queryable): Promise<Policy>;
}

const NONE =
  'no policy is active: run "provisor policy apply", or "provisor start", which applies the default';

export function createPolicies(): Policies {
  const known = new Map<string, Policy>();
  const byHash = async (db: Queryable, hash: string): Promise<Policy> => {
    const cached = known.get(hash);
    if (cached !== undefined) return cached;
    const body = parseStoredPolicy(await readPolicy(db, hash));
    if (!body.ok)
      throw new Error(`the stored policy ${hash} cannot be read: ${JSON.stringify(body.error)}`);
    const policy = makePolicy(hash, body.value);
    known.set(hash, policy);
    return policy;
  };
  return {
    byHash,
    async active(db) {
      const hash = await activePolicyHash(db);
      if (hash === undefined) throw new Error(NONE);
      return byHash(db, hash);
    },
  };
}

/** The policy that a transaction decides by. @param hash as read with the record's lock */
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

async function putInForce(
  tx: Queryable,
  { hash, data }: { hash: string; data: unknown },
  replaces: string | undefined,
  by: Actor | string,
  now: Instant,
): Promise<void> {
  await storePolicy(tx, hash, data, now, idOf(by));
  await activatePolicy(tx, hash, now, idOf(by));
  await wakeOpenRecords(tx, now);
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
  /** Open records that this policy decided last. */
  readonly decidedByIt: number;
  /** Open records that still have the deadlines of another policy. */
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
  const { open, decided } = await countOpenRecords(db, hash);
  const records = { open, decidedByIt: decided, decidedByOthers: open - decided };
  return ok({ ...stored, hash, records });
}
