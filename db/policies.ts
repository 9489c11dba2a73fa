import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** The hash of the policy in force; undefined before the first one is activated. */
export async function activePolicyHash(db: Queryable): Promise<string | undefined> {
  const { rows } = await db.query<{ hash: string }>({
    name: 'active-policy',
    text: 'select hash from policy_activations order by id desc limit 1',
  });
  return rows[0]?.hash;
}

export async function readPolicy(db: Queryable, hash: string): Promise<unknown> {
  const { rows } = await db.query<{ body: unknown }>('select body from policies where hash = $1', [
    hash,
  ]);
  return rows[0]?.body;
}

/** Stores a policy under its hash; one that is there already is the same and stays. */
export async function storePolicy(
  db: Queryable,
  hash: string,
  body: unknown,
  at: Instant,
  by: string,
): Promise<void> {
  await db.query(
    'insert into policies (hash, body, stored_at, stored_by) values ($1, $2, $3, $4) on conflict (hash) do nothing',
    [hash, JSON.stringify(body), toIso(at), by],
  );
}

export async function activatePolicy(
  db: Queryable,
  hash: string,
  at: Instant,
  by: string,
): Promise<void> {
  await db.query(
    'insert into policy_activations (hash, activated_at, activated_by) values ($1, $2, $3)',
    [hash, toIso(at), by],
  );
}
