import { createHash, randomBytes } from 'node:crypto';
import { keyStates } from '../db/auditLog.ts';
import { hashKey, listKeys, revokeKey, storeKey } from '../db/keys.ts';
import type { ApiKey, NewKey } from '../db/keys.ts';
import type { Pool, Queryable } from '../db/pool.ts';
import { inTransaction } from '../db/pool.ts';
import type { Actor, Role } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { Engine } from './engine.ts';

/** The organisation of the first admin; keys take their maker's unless told otherwise. */
const FIRST_ORGANISATION = 'main';

export interface KeyRequest {
  readonly holder: { readonly person: string } | { readonly integration: string };
  /** Of a person; an integration's key always has the one role `integration`. */
  readonly roles: readonly Role[];
  readonly organisation?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface CreatedApiKey {
  readonly key: ApiKey;
  /** Null when an earlier request with the same Idempotency-Key made it: only its answer had the secret. */
  readonly secret: string | null;
}

/** With an Idempotency-Key the same request makes the same id, so that a repeat finds what it made. */
function keyId(actor: Actor, idempotencyKey: string | undefined): string {
  if (idempotencyKey === undefined) return `key_${randomBytes(12).toString('hex')}`;
  const text = `${actor.kind}:${actor.id}\n${idempotencyKey}`;
  return `key_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

function sameHolder(a: ApiKey, b: Omit<ApiKey, 'createdAt' | 'revokedAt'>): boolean {
  const essence = (key: typeof b): string =>
    JSON.stringify([key.kind, key.holder, [...key.roles].sort(), key.organisation]);
  return essence(a) === essence(b);
}

/** True when the key was new; then the audit log knows it. */
async function storeAudited(
  tx: Queryable,
  key: NewKey,
  actor: string,
  now: Instant,
): Promise<boolean> {
  if (!(await storeKey(tx, key, now))) return false;
  const [stored] = await keyStates(tx, key.id);
  await recordChange(tx, { kind: 'keyCreated', actor, at: now, data: { ...stored } });
  return true;
}

/** Makes an API key for an active person of the policy, or for an integration. */
export async function createKey(
  engine: Engine,
  request: KeyRequest,
  actor: Actor,
): Promise<Result<CreatedApiKey>> {
  const { holder, idempotencyKey } = request;
  if ('person' in holder) {
    const { people } = (await engine.policies.active(engine.pool)).body;
    if (!Object.hasOwn(people, holder.person) || people[holder.person]?.active !== true) {
      const detail = `"${holder.person}" is not an active person of the policy`;
      return refuse({ kind: 'invalid', issues: [{ pointer: '/person', detail }] });
    }
  }
  const key = {
    id: keyId(actor, idempotencyKey),
    kind: 'person' in holder ? ('person' as const) : ('integration' as const),
    holder: 'person' in holder ? holder.person : holder.integration,
    roles: 'person' in holder ? [...new Set(request.roles)] : (['integration'] as const),
    organisation: request.organisation ?? actor.organisation,
  };
  const secret = `prv_${randomBytes(32).toString('base64url')}`;
  const made = { ...key, secret, createdBy: actor.id };
  const isNew = await inTransaction(engine.pool, (tx) =>
    storeAudited(tx, made, actorName(actor), engine.clock()),
  );
  const stored = (await listKeys(engine.pool)).find(({ id }) => id === key.id);
  if (stored === undefined) throw new Error(`the key ${key.id} was stored and is not there`);
  if (isNew) return ok({ key: stored, secret });
  if (!sameHolder(stored, key)) return refuse({ kind: 'keyReused', key: idempotencyKey ?? '' });
  return ok({ key: stored, secret: null });
}

/**
 * Makes the first admin's key of a secret that the operator chose. A secret that is known already changes nothing, also when it was revoked.
 * @returns true when it was new
 */
export function bootstrapKey(pool: Pool, secret: string, now: Instant): Promise<boolean> {
  const id = `key_${hashKey(secret).toString('hex').slice(0, 24)}`;
  const roles = ['admin'] as const;
  const first = {
    id,
    kind: 'person' as const,
    holder: 'admin',
    roles,
    organisation: FIRST_ORGANISATION,
  };
  const made = { ...first, secret, createdBy: 'bootstrap' };
  return inTransaction(pool, (tx) => storeAudited(tx, made, 'bootstrap', now));
}

function isAdmin(key: ApiKey): boolean {
  return key.revokedAt === null && key.roles.includes('admin');
}

/** Ends a key for good. The last admin's key stays, or nobody could make another. */
export async function endKey(engine: Engine, id: string, actor: Actor): Promise<Result<ApiKey>> {
  return inTransaction(engine.pool, async (tx) => {
    // Two admins who revoke each other's keys at the same time must not both succeed.
    await tx.query("select pg_advisory_xact_lock(hashtext('provisor.keys'))");
    const keys = await listKeys(tx);
    const key = keys.find((candidate) => candidate.id === id);
    if (key === undefined) return refuse({ kind: 'notFound', what: 'this key' });
    if (key.revokedAt !== null) return ok(key);
    if (isAdmin(key) && keys.filter(isAdmin).length === 1) {
      const detail = 'it is the last admin key: make another admin key first';
      return refuse({ kind: 'refused', detail, allowed: [] });
    }
    const now = engine.clock();
    await revokeKey(tx, id, now, actor.id);
    const data = { id, holder: key.holder };
    await recordChange(tx, { kind: 'keyRevoked', actor: actorName(actor), at: now, data });
    return ok({ ...key, revokedAt: now });
  });
}
