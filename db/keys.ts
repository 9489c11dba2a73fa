import { createHash } from 'node:crypto';
import type { Role } from '../domain/actor.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface ApiKey {
  readonly id: string;
  readonly kind: 'person' | 'integration';
  /** The person of the policy, or the integration's name. */
  readonly holder: string;
  readonly roles: readonly Role[];
  readonly organisation: string;
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
}

interface KeyRow {
  id: string;
  kind: ApiKey['kind'];
  holder: string;
  roles: Role[];
  organisation: string;
  created_at: Date;
  revoked_at: Date | null;
}

const columns = 'id, kind, holder, roles, organisation, created_at, revoked_at';

function toKey({ created_at, revoked_at, ...row }: KeyRow): ApiKey {
  return { ...row, createdAt: created_at.getTime(), revokedAt: revoked_at?.getTime() ?? null };
}

/** SHA-256 of an API key: what is stored of it. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

export interface FoundKey {
  readonly key: ApiKey;
  /** The hash of the policy in force, which says whether the person is still active. */
  readonly activePolicy: string | null;
}

/** The keys that have these hashes, in their order; undefined for one that is unknown or revoked. */
export async function findKeys(
  db: Queryable,
  hashes: readonly Buffer[],
): Promise<(FoundKey | undefined)[]> {
  const { rows } = await db.query<KeyRow & { hash: Buffer; active_policy: string | null }>({
    name: 'find-keys',
    text: `select hash, ${columns}, (select hash from policy_activations order by id desc limit 1) as active_policy
      from api_keys where hash = any($1::bytea[]) and revoked_at is null`,
    values: [hashes],
  });
  const found = new Map(
    rows.map(({ hash, active_policy: activePolicy, ...row }) => [
      hash.toString('hex'),
      { key: toKey(row), activePolicy },
    ]),
  );
  return hashes.map((hash) => found.get(hash.toString('hex')));
}

export interface NewKey extends Omit<ApiKey, 'createdAt' | 'revokedAt'> {
  readonly secret: string;
  readonly createdBy: string;
}

/** Stores a key's hash. A secret that is known already changes nothing. True when it was new. */
export async function storeKey(db: Queryable, key: NewKey, at: Instant): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into api_keys (id, hash, kind, holder, roles, organisation, created_at, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [
      key.id,
      hashKey(key.secret),
      key.kind,
      key.holder,
      key.roles,
      key.organisation,
      toIso(at),
      key.createdBy,
    ],
  );
  return rowCount === 1;
}

export async function listKeys(db: Queryable): Promise<ApiKey[]> {
  const { rows } = await db.query<KeyRow>(
    `select ${columns} from api_keys order by created_at, id`,
  );
  return rows.map(toKey);
}

/** True when such a key was there and not revoked yet. */
export async function revokeKey(
  db: Queryable,
  id: string,
  at: Instant,
  by: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    'update api_keys set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null',
    [id, toIso(at), by],
  );
  return rowCount === 1;
}
