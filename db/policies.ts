import type { RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';
import { recordColumns, toRecord } from './records.ts';
import type { RecordRow } from './records.ts';
import { BACKGROUND } from './wakes.ts';

const inForce = '(select hash from policy_activations order by id desc limit 1)';

/** Whether the record `r` still has to be computed under the policy in force: one that is open, or closed with something due, such as a review. */
export const isLeftBehind = `(not r.final or r.due_at is not null) and r.policy <> ${inForce}
  and not exists (select from policy_unaffected u where u.number = r.number and u.seq = r.seq and u.policy = ${inForce})`;

/** Notes that a policy changes nothing of a record as it stands. */
export async function noteUnaffected(
  tx: Queryable,
  { number, seq, policy: decidedBy }: Pick<RecordState, 'number' | 'seq' | 'policy'>,
  policy: string,
): Promise<void> {
  if (decidedBy === policy) return;
  await tx.query(
    `insert into policy_unaffected (number, seq, policy) values ($1, $2, $3)
     on conflict (number) do update set seq = excluded.seq, policy = excluded.policy`,
    [number, seq, policy],
  );
}

/** The hash of the policy file that a start took last; undefined when none did. */
export async function policyOfStart(db: Queryable): Promise<string | undefined> {
  const { rows } = await db.query<{ hash: string }>('select hash from policy_of_start');
  return rows[0]?.hash;
}

/** @param hash of a stored policy */
export async function notePolicyOfStart(db: Queryable, hash: string): Promise<void> {
  await db.query(
    'insert into policy_of_start (hash) values ($1) on conflict (one) do update set hash = excluded.hash',
    [hash],
  );
}

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

/** One policy came into force: they are kept in the order in which they did. */
export interface Activation {
  readonly id: number;
  readonly hash: string;
  readonly at: Instant;
  readonly by: string;
}

interface ActivationRow {
  id: string;
  hash: string;
  activated_at: Date;
  activated_by: string;
}

function toActivation(row: ActivationRow): Activation {
  const { hash, activated_by: by } = row;
  return { id: Number(row.id), hash, at: row.activated_at.getTime(), by };
}

/** Which policies came into force, the newest first. @param before an activation's id: only older ones */
export async function listActivations(
  db: Queryable,
  limit: number,
  before?: number,
): Promise<Activation[]> {
  const { rows } = await db.query<ActivationRow>(
    `select id, hash, activated_at, activated_by from policy_activations
     where $1::bigint is null or id < $1::bigint order by id desc limit $2`,
    [before ?? null, limit],
  );
  return rows.map(toActivation);
}

export interface StoredPolicy {
  readonly body: unknown;
  readonly storedAt: Instant;
  readonly storedBy: string;
  readonly inForce: boolean;
}

export async function findPolicy(db: Queryable, hash: string): Promise<StoredPolicy | undefined> {
  const { rows } = await db.query<{
    body: unknown;
    stored_at: Date;
    stored_by: string;
    in_force: boolean | null;
  }>(
    `select body, stored_at, stored_by, hash = ${inForce} as in_force from policies where hash = $1`,
    [hash],
  );
  const row = rows[0];
  return (
    row && {
      body: row.body,
      storedAt: row.stored_at.getTime(),
      storedBy: row.stored_by,
      inForce: row.in_force === true,
    }
  );
}

/** How many records are open, and how many of them were computed under this policy. */
export async function countOpenRecords(
  db: Queryable,
  hash: string,
): Promise<{ open: number; computed: number }> {
  const { rows } = await db.query<{ open: string; computed: string }>(
    `select count(*) as open, count(*) filter (where r.policy = $1 or u.number is not null) as computed
     from records r left join policy_unaffected u on u.number = r.number and u.seq = r.seq and u.policy = $1
     where not r.final`,
    [hash],
  );
  return { open: Number(rows[0]?.open), computed: Number(rows[0]?.computed) };
}

/** The numbers of open records, the highest priority first. */
export async function openNumbers(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ number: string }>(
    'select number from records where not final order by priority nulls last, opened_at, number limit $1',
    [limit],
  );
  return rows.map(({ number }) => number);
}

/** Those of these records that are still open, in no order. */
export async function openRecords(
  db: Queryable,
  numbers: readonly string[],
): Promise<RecordState[]> {
  const { rows } = await db.query<RecordRow>({
    name: 'open-records',
    text: `select ${recordColumns} from records where number = any($1::text[]) and not final`,
    values: [numbers],
  });
  return rows.map(toRecord);
}

/**
 * Some of the records that are to be computed under the policy in force and that no wake waits for. One that failed a short while ago is left to its
 * workflow. In no order, for that would look at all of them each time.
 */
export async function recordsLeftBehind(
  db: Queryable,
  limit: number,
): Promise<{ number: string; seq: number; priority: number }[]> {
  const { rows } = await db.query<{ number: string; seq: number; priority: number }>(
    `select number, seq, $1::integer as priority from records r where ${isLeftBehind}
       and not exists (select from wakes w where w.number = r.number)
       and not exists (select from stalled s where s.number = r.number and s.last_at > clock_timestamp() - interval '10 minutes')
     limit $2`,
    [BACKGROUND, limit],
  );
  return rows;
}
