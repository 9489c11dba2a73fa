import pg from 'pg';
import { toEvent } from './events.ts';
import type { EventRow, StoredEvent } from './events.ts';
import type { Queryable } from './pool.ts';
import { recordColumns, toRecord } from './records.ts';
import type { RecordRow } from './records.ts';
import type { RecordState } from '../domain/process.ts';

/**
 * Runs `work` on one snapshot of the database in which nothing can be written: what is read first and last fits together, however long it takes.
 * @throws when the database does not answer
 */
export async function inSnapshot<T>(
  databaseUrl: string,
  work: (db: Queryable) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    application_name: 'provisor-audit',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export interface AuditedEvent extends StoredEvent {
  readonly number: string;
  readonly organisation: string;
}

/** The next events in the order of number and seq; the order of the numbers is the database's own. */
export async function readEventsAfter(
  db: Queryable,
  after: { readonly number: string; readonly seq: number },
  limit: number,
): Promise<AuditedEvent[]> {
  const { rows } = await db.query<EventRow & { number: string; organisation: string }>(
    `select number, organisation, seq, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash
     from events where (number, seq) > ($1, $2) order by number, seq limit $3`,
    [after.number, after.seq, limit],
  );
  return rows.map((row) => ({
    ...toEvent(row),
    number: row.number,
    organisation: row.organisation,
  }));
}

/** A record's row with what is not part of its state. */
export interface AuditedRow {
  readonly record: RecordState;
  readonly final: boolean;
  readonly dueAt: number | null;
  readonly chain: Buffer;
}

export interface AuditedText {
  readonly id: string;
  readonly number: string;
  readonly organisation: string;
  readonly salt: Buffer | null;
  readonly body: string | null;
}

export async function readRows(
  db: Queryable,
  numbers: readonly string[],
): Promise<Map<string, AuditedRow>> {
  const { rows } = await db.query<RecordRow>(
    `select ${recordColumns} from records where number = any($1::text[])`,
    [numbers],
  );
  return new Map(
    rows.map((row) => [
      row.number,
      {
        record: toRecord(row),
        final: row.final,
        dueAt: row.due_at?.getTime() ?? null,
        chain: row.chain,
      },
    ]),
  );
}

export async function readTextRows(
  db: Queryable,
  numbers: readonly string[],
): Promise<AuditedText[]> {
  const { rows } = await db.query<AuditedText>(
    'select id, number, organisation, salt, body from texts where number = any($1::text[])',
    [numbers],
  );
  return rows;
}

/** A record's file without its bytes. */
export interface AuditedFile {
  readonly number: string;
  /** The event that added it. */
  readonly seq: number;
  readonly organisation: string;
  /** SHA-256 of the bytes that are there, in hexadecimal; null when they were erased. */
  readonly digest: string | null;
}

/** The database computes the digests, so that no file is ever held here. */
export async function readFileDigests(
  db: Queryable,
  numbers: readonly string[],
): Promise<AuditedFile[]> {
  const { rows } = await db.query<AuditedFile>(
    `select number, seq, organisation, encode(sha256(content), 'hex') as digest
     from attachments where number = any($1::text[])`,
    [numbers],
  );
  return rows;
}

export async function countEvents(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ events: string }>('select count(*) as events from events');
  return Number(rows[0]?.events);
}

/** Rows that lean on an event or a record that is not there: what a cut tail leaves behind. */
export interface Leftover {
  readonly number: string;
  readonly what: string;
}

/** @param limit of each kind */
export async function leftovers(db: Queryable, limit: number): Promise<Leftover[]> {
  const { rows } = await db.query<Leftover>(
    `(select r.number, 'the record has no events' as what from records r
        where not exists (select from events e where e.number = r.number) order by 1 limit $1)
     union all
     (select f.number, 'effect ' || f.key || ' belongs to an event that is not there' from effects f
        where not exists (select from events e where e.number = f.number and e.seq::text = split_part(f.key, '/', 2)) order by 1, 2 limit $1)
     union all
     (select c.number, 'a stored answer leans on event ' || c.seq || ', which is not there' from commands c
        where c.number ~ '^[A-Z]+-[0-9]+$' and not exists (select from events e where e.number = c.number and e.seq = c.seq) order by 1, 2 limit $1)
     union all
     (select t.number, 'text ' || left(t.id, 12) || '… belongs to a record that is not there' from texts t
        where not exists (select from records r where r.number = t.number) order by 1, 2 limit $1)
     union all
     (select a.number, 'a file belongs to event ' || a.seq || ' of a record without events' from attachments a
        where not exists (select from events e where e.number = a.number) order by 1, 2 limit $1)`,
    [limit],
  );
  return rows;
}

/** All policies as stored. */
export async function readPolicies(db: Queryable): Promise<{ hash: string; body: unknown }[]> {
  const { rows } = await db.query<{ hash: string; body: unknown }>(
    'select hash, body from policies order by hash',
  );
  return rows;
}
