import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, Queryable } from './pool.ts';

/** A checkpoint as stored. */
export interface StoredCheckpoint {
  readonly id: number;
  /** JSON, letter by letter as it was signed. */
  readonly content: string;
  readonly signature: Buffer;
}

/** A record's last event as a checkpoint saw it. */
export interface Head {
  readonly number: string;
  readonly seq: number;
  readonly hash: Buffer;
}

interface CheckpointRow extends Omit<StoredCheckpoint, 'id'> {
  readonly id: string;
}

function toCheckpoint({ id, ...row }: CheckpointRow): StoredCheckpoint {
  return { ...row, id: Number(id) };
}

const SETTLE_MS = 20;

/** The transactions that write events now. Each has its lock on the table before an event gets its position, and until what it wrote can be seen. */
async function writersOfEvents(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ writer: string }>(
    `select virtualtransaction as writer from pg_locks
     where relation = 'events'::regclass and mode = 'RowExclusiveLock' and granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.map(({ writer }) => writer);
}

/**
 * The last position that any event has, once every transaction that could still write an event up to it has ended. Others on the same server, such as
 * Temporal's or a backup's, are not waited for.
 * @throws Error when one takes longer than `limitMs`
 */
export async function settledPosition(pool: Pool, limitMs = 10_000): Promise<number> {
  const last = await pool.query<{ position: string }>(
    'select case when is_called then last_value else 0 end as position from event_positions',
  );
  const deadline = Date.now() + limitMs;
  let writing = new Set(await writersOfEvents(pool));
  while (writing.size > 0) {
    if (Date.now() > deadline)
      throw new Error('a transaction that writes events is open for too long');
    await sleep(SETTLE_MS);
    const now = await writersOfEvents(pool);
    writing = new Set(now.filter((writer) => writing.has(writer)));
  }
  return Number(last.rows[0]?.position);
}

/** False when another process takes a checkpoint now. */
export async function tryLockCheckpoints(tx: Queryable): Promise<boolean> {
  const { rows } = await tx.query<{ locked: boolean }>(
    "select pg_try_advisory_xact_lock(hashtext('provisor.checkpoints')) as locked",
  );
  return rows[0]?.locked === true;
}

export async function lastCheckpoint(db: Queryable): Promise<StoredCheckpoint | undefined> {
  const { rows } = await db.query<CheckpointRow>(
    'select id, content, signature from audit_checkpoints order by id desc limit 1',
  );
  return rows[0] && toCheckpoint(rows[0]);
}

/** The oldest first. */
export async function readCheckpoints(
  db: Queryable,
  { after, limit }: { after: number; limit: number },
): Promise<StoredCheckpoint[]> {
  const { rows } = await db.query<CheckpointRow>(
    'select id, content, signature from audit_checkpoints where id > $1 order by id limit $2',
    [after, limit],
  );
  return rows.map(toCheckpoint);
}

export interface Stretch {
  /** How many events, and the position of the last one. */
  readonly events: number;
  readonly upTo: number;
}

/** The next events after a position, at most `limit`. */
export async function nextStretch(
  db: Queryable,
  after: number,
  upTo: number,
  limit: number,
): Promise<Stretch> {
  const { rows } = await db.query<{ events: number; up_to: string | null }>(
    `select count(*)::integer as events, max(position) as up_to
     from (select position from events where position > $1 and position <= $2 order by position limit $3) as next`,
    [after, upTo, limit],
  );
  return { events: rows[0]?.events ?? 0, upTo: Number(rows[0]?.up_to ?? after) };
}

/** Stores the heads of all records with events in a stretch of positions. */
export async function storeHeads(
  tx: Queryable,
  checkpoint: number,
  after: number,
  upTo: number,
): Promise<Head[]> {
  const { rows } = await tx.query<Head>(
    `with changed as (
       select number, max(seq) as seq from events where position > $2 and position <= $3 group by number)
     insert into audit_heads (checkpoint, number, seq, hash)
     select $1, e.number, e.seq, e.hash from changed join events e using (number, seq)
     returning number, seq, hash`,
    [checkpoint, after, upTo],
  );
  return rows;
}

export async function storeCheckpoint(
  tx: Queryable,
  { id, content, signature }: StoredCheckpoint,
): Promise<void> {
  await tx.query('insert into audit_checkpoints (id, content, signature) values ($1, $2, $3)', [
    id,
    content,
    signature,
  ]);
}

/** The stored heads of one checkpoint, in no particular order. */
export async function readHeads(db: Queryable, checkpoint: number): Promise<Head[]> {
  const { rows } = await db.query<Head>(
    'select number, seq, hash from audit_heads where checkpoint = $1',
    [checkpoint],
  );
  return rows;
}

export interface LostHead {
  readonly checkpoint: number;
  readonly number: string;
  readonly seq: number;
  /** False: there is no such event; true: there is one with another hash. */
  readonly there: boolean;
}

/** Heads that no event fits any more. */
export async function lostHeads(db: Queryable, limit: number): Promise<LostHead[]> {
  const { rows } = await db.query<Omit<LostHead, 'checkpoint'> & { checkpoint: string }>(
    `select h.checkpoint, h.number, h.seq, e.hash is not null as there
     from audit_heads h left join events e on e.number = h.number and e.seq = h.seq
     where e.hash is distinct from h.hash order by h.checkpoint, h.number limit $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, checkpoint: Number(row.checkpoint) }));
}
