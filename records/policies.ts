import { createHash } from 'node:crypto';

import { activatePolicy, activePolicyHash, readPolicy, storePolicy } from '../db/policies.ts';
import type { Pool, Queryable } from '../db/pool.ts';
import { inTransaction } from '../db/pool.ts';
import { wakeOpenRecords } from '../db/wakes.ts';
import type { Result } from '../domain/errors.ts';
import { ok } from '../domain/errors.ts';
import { makePolicy, parsePolicy } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
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
    const body = parsePolicy(await readPolicy(db, hash));
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

/**
 * Checks a policy's data, stores it and puts it in force. A policy with a fault changes nothing. Open records are woken and computed anew, behind
 * everything that is more urgent and no faster than the relay's bound allows.
 */
export async function applyPolicy(
  pool: Pool,
  data: unknown,
  by: string,
  now: Instant,
): Promise<Result<AppliedPolicy>> {
  const parsed = parsePolicy(data);
  if (!parsed.ok) return parsed;
  const hash = policyHash(data);
  const changed = await inTransaction(pool, async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtext('provisor.policy'))");
    if ((await activePolicyHash(tx)) === hash) return false;
    await storePolicy(tx, hash, data, now, by);
    await activatePolicy(tx, hash, now, by);
    await wakeOpenRecords(tx, now);
    return true;
  });
  return ok({ hash, changed });
}
