import type { RecordNumber } from '../domain/ids.ts';
import type { AnyFields, RecordState, RelatedRecord } from '../domain/process.ts';
import type { Clock } from '../domain/clock.ts';
import type { Queryable } from './pool.ts';

export interface RecordRow {
  number: string;
  process: string;
  organisation: string;
  version: number;
  policy: string;
  seq: number;
  state: string;
  final: boolean;
  opened_at: Date;
  last_at: Date;
  state_since: Date;
  time_in: Record<string, number>;
  due_at: Date | null;
  fields: AnyFields;
  clocks: Record<string, Clock>;
  chain: Buffer;
}

export const recordColumns =
  'number, process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, chain';

/** A row as the domain knows it. Rows are written by this program only, so their JSON is trusted. */
export function toRecord(row: RecordRow): RecordState {
  return {
    number: row.number as RecordNumber,
    process: row.process,
    organisation: row.organisation,
    version: row.version,
    policy: row.policy,
    seq: row.seq,
    state: row.state,
    openedAt: row.opened_at.getTime(),
    lastAt: row.last_at.getTime(),
    stateSince: row.state_since.getTime(),
    timeIn: row.time_in,
    fields: row.fields,
    clocks: row.clocks,
  };
}

/** What a decision about a record needs of the database. */
export interface LoadedRecord {
  readonly record: RecordState;
  /** The hash of its last event. */
  readonly chain: Buffer;
  /** The hash of the policy in force. */
  readonly activePolicy: string | null;
  /** The free texts that its fields name, by id: null for one that was erased. */
  readonly texts: ReadonlyMap<string, string | null>;
}

const activePolicy =
  '(select hash from policy_activations order by id desc limit 1) as active_policy';

/** 64 characters have a text's id; what else is so long is just not found. */
const fieldTexts = `(select jsonb_object_agg(t.id, t.body) from texts t where t.number = r.number
  and t.id = any(array(select value from jsonb_each_text(r.fields) where length(value) = 64))) as texts`;

/** The columns of a loaded record, of `records r`. */
export const loadedColumns = `${recordColumns}, ${activePolicy}, ${fieldTexts}`;
const load = `select ${loadedColumns} from records r where number = $1`;

export interface LoadedRow extends RecordRow {
  active_policy: string | null;
  texts: Record<string, string | null> | null;
}

export function toLoaded(row: LoadedRow): LoadedRecord {
  return {
    record: toRecord(row),
    chain: row.chain,
    activePolicy: row.active_policy,
    texts: new Map(Object.entries(row.texts ?? {})),
  };
}

async function loaded(
  db: Queryable,
  statement: { name: string; text: string },
  number: string,
): Promise<LoadedRecord | undefined> {
  const { rows } = await db.query<LoadedRow>({ ...statement, values: [number] });
  return rows[0] && toLoaded(rows[0]);
}

/** The record as it is now. Somebody else may change it at any moment: `save` then writes nothing. */
export function loadRecord(db: Queryable, number: string): Promise<LoadedRecord | undefined> {
  return loaded(db, { name: 'load-record', text: load }, number);
}

/** The record, its row locked until the transaction ends: what locks it waits for each other here. */
export function lockRecord(tx: Queryable, number: string): Promise<LoadedRecord | undefined> {
  return loaded(tx, { name: 'lock-record', text: `${load} for update of r` }, number);
}

/**
 * What a decision may know of another record; undefined when there is none. Whoever decides by it waits here until the transactions of all others who
 * do are over, so that two links at once cannot close a circle that neither of them sees: locks on the two records would not do for four.
 * @param tx has its own record's lock already, and takes no other after this one: then nobody waits in a circle
 */
export async function findRelated(
  tx: Queryable,
  number: string,
): Promise<RelatedRecord | undefined> {
  // A statement of its own: the next one's snapshot must be younger than the lock.
  await tx.query("select pg_advisory_xact_lock(hashtext('provisor.related'))");
  const { rows } = await tx.query<{
    number: RecordNumber;
    process: string;
    organisation: string;
    state: string;
    ancestors: string[];
  }>(
    `with recursive above(number) as (
        select number from records where number = $1
        union
        select unnest(array[r.parent, r.duplicate_of]) from records r join above a on r.number = a.number)
      select r.number, r.process, r.organisation, r.state,
        array(select a.number from above a where a.number is not null and a.number <> $1) as ancestors
      from records r where r.number = $1`,
    [number],
  );
  return rows[0];
}

export async function findRecord(db: Queryable, number: string): Promise<RecordState | undefined> {
  const { rows } = await db.query<RecordRow>({
    name: 'find-record',
    text: `select ${recordColumns} from records where number = $1`,
    values: [number],
  });
  return rows[0] && toRecord(rows[0]);
}

/** @param prefix of a registered definition, never a caller's text: a name cannot be a parameter */
export async function ensureSequence(db: Queryable, prefix: string): Promise<void> {
  if (!/^[A-Z]{2,5}$/.test(prefix))
    throw new Error(`the prefix "${prefix}" must be 2 to 5 capitals`);
  await db.query(`create sequence if not exists numbers_${prefix.toLowerCase()}`);
}

export interface NextNumbers {
  readonly sequence: number;
  /** The hash of the policy in force. */
  readonly activePolicy: string | null;
}

/** The next numbers of a process's sequence, and the policy in force. @param prefix of a registered definition, never a caller's text */
export async function nextNumbers(
  tx: Queryable,
  prefix: string,
  count: number,
): Promise<NextNumbers[]> {
  const { rows } = await tx.query<{ value: string; active_policy: string | null }>({
    name: 'next-numbers',
    text: `select nextval($1::regclass) as value, ${activePolicy} from generate_series(1, $2::integer)`,
    values: [`numbers_${prefix.toLowerCase()}`, count],
  });
  return rows.map(({ value, active_policy }) => ({
    sequence: Number(value),
    activePolicy: active_policy,
  }));
}

export interface TextSearch {
  /** A part of a title, description or external reference, in any case. */
  readonly part: string;
  /** Numbers that are meant by it. */
  readonly numbers: readonly string[];
}

export interface ListQuery {
  readonly process: string;
  /** Equality filters: a column of the table below, any of the values. */
  readonly filters: Readonly<Partial<Record<FilterColumn, readonly (string | number)[]>>>;
  readonly organisation?: string;
  readonly requester?: string;
  readonly open?: boolean;
  readonly text?: TextSearch;
  readonly sort: SortColumn;
  readonly descending: boolean;
  readonly limit: number;
  /** The last row of the page before. */
  readonly after?: { readonly value: string | number; readonly number: string };
}

export const filterColumns = {
  state: 'text',
  priority: 'integer',
  service: 'text',
  team: 'text',
  assignee: 'text',
} as const;
export type FilterColumn = keyof typeof filterColumns;

export const sortColumns = {
  openedAt: { column: 'opened_at', type: 'timestamptz' },
  updatedAt: { column: 'last_at', type: 'timestamptz' },
  priority: { column: 'priority', type: 'integer' },
} as const;
export type SortColumn = keyof typeof sortColumns;

/** A LIKE pattern for any text that holds this one; its own signs stand for themselves. */
function containing(part: string): string {
  return `%${part.replace(/[\\%_]/g, '\\$&')}%`;
}

/** Up to so many texts a search collects its records first; when more hold it, a page is full sooner by going through the records. */
const MAX_COLLECTED = 2_000;

const externalReference = "fields ->> 'externalReference'";

/**
 * The condition that a record has the text in its title, description or external reference. Comments and notes are not searched, for some are
 * internal. Three letters or more are found by trigrams (migration 0004), each branch by an index of its own, which an OR would lose; two have
 * no trigram, so every text is read, once.
 */
async function holdsText(
  db: Queryable,
  { part, numbers }: TextSearch,
  parameter: (value: unknown) => string,
): Promise<string> {
  const like = containing(part);
  // No row when there are more.
  const { rows } = await db.query<{ numbers: string[] | null; ids: string[] | null }>(
    `with found as (
       (select number, id from texts where body ilike $1 limit $2 + 1)
       union all
       (select number, null from records where ${externalReference} is not null and ${externalReference} ilike $1 limit $2 + 1))
     select array_agg(number) as numbers, array_agg(id) filter (where id is not null) as ids from found having count(*) <= $2`,
    [like, MAX_COLLECTED],
  );
  const pattern = parameter(like);
  const named = `number = any(${parameter(numbers)}::text[])`;
  const referred = `${externalReference} ilike ${pattern}`;
  const found = rows[0];
  if (found === undefined) {
    return `(${named} or ${referred} or exists (
      select from texts t where t.id in (records.fields ->> 'title', records.fields ->> 'description')
        and t.number = records.number and t.body ilike ${pattern}))`;
  }
  const candidates = parameter([...numbers, ...(found.numbers ?? [])]);
  const ids = parameter(found.ids ?? []);
  return `number = any(${candidates}::text[]) and (${named} or ${referred}
    or fields ->> 'title' = any(${ids}::text[]) or fields ->> 'description' = any(${ids}::text[]))`;
}

/** One page of records. Every name in the SQL comes from the tables above, every value is a parameter. */
export async function listRecords(db: Queryable, query: ListQuery): Promise<RecordState[]> {
  const values: unknown[] = [query.process];
  const where = ['process = $1'];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  for (const [name, wanted] of Object.entries(query.filters)) {
    const type = filterColumns[name as FilterColumn];
    where.push(`${name} = any(${parameter(wanted)}::${type}[])`);
  }
  if (query.open !== undefined) where.push(query.open ? 'not final' : 'final');
  if (query.organisation !== undefined)
    where.push(`organisation = ${parameter(query.organisation)}`);
  if (query.requester !== undefined) where.push(`requester = ${parameter(query.requester)}`);
  if (query.text !== undefined) where.push(await holdsText(db, query.text, parameter));
  const { column, type } = sortColumns[query.sort];
  const direction = query.descending ? 'desc' : 'asc';
  if (query.after !== undefined) {
    const { value, number } = query.after;
    const row = `(${parameter(value)}::${type}, ${parameter(number)}::text)`;
    where.push(`(${column}, number) ${query.descending ? '<' : '>'} ${row}`);
  }
  const { rows } = await db.query<RecordRow>(
    `select ${recordColumns} from records where ${where.join(' and ')}
     order by ${column} ${direction}, number ${direction} limit ${parameter(query.limit)}`,
    values,
  );
  return rows.map(toRecord);
}

/**
 * Open records whose due moment passed before `before`, or that have an effect nobody works on: what a lost wake left behind. One that failed a
 * short while ago is left to its workflow, which tries again by itself.
 */
export async function overdueRecords(
  db: Queryable,
  before: string,
  limit: number,
): Promise<{ number: string; seq: number; priority: number | null }[]> {
  const { rows } = await db.query<{ number: string; seq: number; priority: number | null }>(
    `select number, seq, priority from records r where due_at < $1::timestamptz
       and not exists (select 1 from stalled s where s.number = r.number and s.last_at > $1::timestamptz - interval '10 minutes')
     union
     select r.number, r.seq, r.priority from effects e join records r using (number)
     where e.state in ('pending', 'started', 'cancelling') and coalesce(e.not_before, e.created_at) < $1::timestamptz
       and not (e.kind = 'escalation' and e.state = 'started')
       and (e.lease_until is null or e.lease_until < clock_timestamp())
     limit $2`,
    [before, limit],
  );
  return rows;
}
