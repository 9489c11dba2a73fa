import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A Temporal namespace. Its id is made by the server at each registration: two of the same name are told apart by it. */
export interface Namespace {
  readonly name: string;
  readonly id: string;
  readonly clusterId: string;
}

/** The namespace that drives the records. */
export interface Identity extends Namespace {
  /** Raised whenever another namespace takes over. */
  readonly generation: number;
  readonly since: Instant;
  /** Null while the open records are being brought over. */
  readonly recoveredAt: Instant | null;
}

/** The caller's Temporal namespace does not drive the records (any more): it must do nothing, and repeating does not help. */
export class Superseded extends Error {
  constructor(driver: string) {
    super(
      `the Temporal namespace ${driver} does not drive these records: run "provisor recover" if it should`,
    );
    this.name = 'Superseded';
  }
}

/**
 * A common table expression `driving`: one row when the namespace of this parameter drives the records, else none. It holds a share lock to the
 * end of the transaction, so that no other namespace takes over between this look and what is done with it.
 */
export function driving(parameter: string): string {
  return `driving as materialized (select one from temporal_identity where namespace_id = ${parameter} for share)`;
}

/** Makes sure, to the end of the transaction, that a worker's namespace drives the records. @throws Superseded */
export async function requireDriver(tx: Queryable, driver: string): Promise<void> {
  const { rowCount } = await tx.query({
    name: 'require-driver',
    text: `with ${driving('$1')} select one from driving`,
    values: [driver],
  });
  if (rowCount === 0) throw new Superseded(driver);
}

/** Whether a namespace drives the records at this moment: to say it, not to act on it. */
export async function isDriver(db: Queryable, driver: string): Promise<boolean> {
  const { rowCount } = await db.query('select 1 from temporal_identity where namespace_id = $1', [
    driver,
  ]);
  return rowCount === 1;
}

interface IdentityRow {
  generation: number;
  namespace: string;
  namespace_id: string;
  cluster_id: string;
  since: Date;
  recovered_at: Date | null;
}

export async function findIdentity(db: Queryable): Promise<Identity | undefined> {
  const { rows } = await db.query<IdentityRow>(
    'select generation, namespace, namespace_id, cluster_id, since, recovered_at from temporal_identity',
  );
  const row = rows[0];
  return (
    row && {
      generation: row.generation,
      name: row.namespace,
      id: row.namespace_id,
      clusterId: row.cluster_id,
      since: row.since.getTime(),
      recoveredAt: row.recovered_at === null ? null : row.recovered_at.getTime(),
    }
  );
}

/** Lets a namespace drive the records of a database that none drives yet. @returns whether this one drives them */
export async function adoptNamespace(
  db: Queryable,
  { name, id, clusterId }: Namespace,
  at: Instant,
): Promise<boolean> {
  await db.query(
    `insert into temporal_identity (generation, namespace, namespace_id, cluster_id, since, recovered_at)
     values (1, $1, $2, $3, $4, $4) on conflict do nothing`,
    [name, id, clusterId, toIso(at)],
  );
  return isDriver(db, id);
}

/** Gives the records to a namespace, after everything that the one before has under way in the database. @returns the generation */
export async function storeIdentity(
  db: Queryable,
  { name, id, clusterId }: Namespace,
  at: Instant,
): Promise<number> {
  const { rows } = await db.query<{ generation: number }>(
    `insert into temporal_identity as t (generation, namespace, namespace_id, cluster_id, since)
     values (1, $1, $2, $3, $4)
     on conflict (one) do update set namespace = $1, namespace_id = $2, cluster_id = $3, recovered_at = null,
       generation = t.generation + case when t.namespace_id = $2 then 0 else 1 end,
       since = case when t.namespace_id = $2 then t.since else $4 end
     returning generation`,
    [name, id, clusterId, toIso(at)],
  );
  return rows[0]?.generation ?? 1;
}

/** Every open record has its wake: the recovery of this generation is complete. */
export async function noteRecovered(db: Queryable, generation: number, at: Instant): Promise<void> {
  await db.query('update temporal_identity set recovered_at = $2 where generation = $1', [
    generation,
    toIso(at),
  ]);
}
