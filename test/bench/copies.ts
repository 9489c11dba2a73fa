import { randomBytes } from 'node:crypto';
import type { Pool } from '../../db/pool.ts';
import type { Clock } from '../../domain/clock.ts';
import { precedence } from '../../domain/precedence.ts';
import { textId } from '../../records/texts.ts';
import { times } from './load.ts';

type JsonRow = Readonly<Record<string, unknown>>;

/** A record that was opened through the API, with its events, texts and running escalations: what copies are made of. */
export interface Original {
  readonly row: JsonRow & {
    readonly number: string;
    readonly fields: JsonRow;
    readonly clocks: Readonly<Record<string, Clock>>;
  };
  readonly events: readonly JsonRow[];
  readonly texts: readonly { readonly id: string; readonly body: string }[];
  readonly escalations: readonly (JsonRow & { readonly key: string })[];
}

/** One copy: all its instants earlier by `earlierMs`, a number and texts of its own, and what else is said here. Its escalations are to be started, and go on after their last step. */
export interface Copy {
  readonly of: Original;
  readonly earlierMs: number;
  /** Free texts by the name of their field, instead of the original's. */
  readonly texts: Readonly<Record<string, string>>;
  readonly fields?: JsonRow;
  readonly clocks?: Original['row']['clocks'];
  /** Epoch milliseconds; null when nothing is to happen by itself. */
  readonly dueAt: number | null;
  /** Whether its workflow is to be started. */
  readonly wake: boolean;
}

/** Reads a record as an original. @throws Error when there is none of this number */
export async function readOriginal(pool: Pool, number: string): Promise<Original> {
  const { rows } = await pool.query<Original>(
    `select to_jsonb(r) as row,
       (select jsonb_agg(to_jsonb(e) order by seq) from events e where e.number = r.number) as events,
       (select jsonb_agg(to_jsonb(t)) from texts t where t.number = r.number) as texts,
       (select coalesce(jsonb_agg(to_jsonb(e)), '[]') from effects e
        where e.number = r.number and e.kind = 'escalation' and e.state = 'started') as escalations
     from records r where number = $1`,
    [number],
  );
  if (rows[0] === undefined) throw new Error(`there is no ${number} to copy`);
  return rows[0];
}

/** By convention instants are epoch milliseconds inside JSON and ISO 8601 in columns. */
const FIRST_INSTANT = 1e12;
const ISO = /^\d{4}-\d\d-\d\dT/;

/** JSON with its instants moved and its names replaced. */
function moved<T>(value: T, earlierMs: number, rename: (name: string) => string): T {
  const json = JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'number' && part > FIRST_INSTANT) return part - earlierMs;
    if (typeof part !== 'string') return part;
    if (ISO.test(part)) return new Date(Date.parse(part) - earlierMs).toISOString();
    return rename(part);
  });
  return JSON.parse(json) as T;
}

/** As it would be waked by a commit that asks for what the copy has to do. */
function wakePriority({ row: { fields }, escalations }: Original): number {
  const { priority } = fields;
  return precedence(
    typeof priority === 'number' ? priority : null,
    escalations.length > 0 ? 'interrupting' : 'deferrable',
  );
}

function rowsOf(copy: Copy, number: string) {
  const { of, earlierMs, dueAt } = copy;
  const bodies = new Map(
    Object.entries(copy.texts).map(([field, body]) => [of.row.fields[field], body]),
  );
  const texts = of.texts.map(({ id: was, body: before }) => {
    const salt = randomBytes(16);
    const body = bodies.get(was) ?? before;
    return { was, id: textId(salt, body), salt: `\\x${salt.toString('hex')}`, body };
  });
  const ids = new Map(texts.map(({ was, id }) => [was, id]));
  const keys = `${of.row.number}/`;
  const rename = (name: string): string =>
    name.startsWith(keys) ? `${number}/${name.slice(keys.length)}` : (ids.get(name) ?? name);
  const row = moved(of.row, earlierMs, rename);
  const { organisation, seq } = row;
  return {
    record: {
      ...row,
      number,
      due_at: dueAt === null ? null : new Date(dueAt).toISOString(),
      fields: { ...row.fields, ...copy.fields },
      clocks: { ...row.clocks, ...copy.clocks },
    },
    events: moved(of.events, earlierMs, rename).map((event) => ({ ...event, number })),
    escalations: moved(of.escalations, earlierMs, rename).map((effect) => ({
      ...effect,
      number,
      state: 'pending',
    })),
    texts: texts.map(({ id, salt, body }) => ({ id, number, organisation, salt, body })),
    wakes: copy.wake ? [{ number, seq, priority: wakePriority(of) }] : [],
  };
}

const PER_STATEMENT = 250;
const AT_ONCE = 2;

/** An insert of all that a copy brings along: generated columns and an event's position PostgreSQL makes. */
async function insertInto(pool: Pool, table: string, parameter: string): Promise<string> {
  const { rows } = await pool.query<{ names: string }>(
    `select string_agg(column_name, ', ') as names from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' and column_name <> 'position'`,
    [table],
  );
  const columns = rows[0]?.names ?? '';
  return `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, ${parameter}::jsonb)`;
}

async function nextNumbers(pool: Pool, count: number): Promise<string[]> {
  const { rows } = await pool.query<{ number: string }>(
    `select 'INC-' || nextval('numbers_inc') as number from generate_series(1, $1::integer)`,
    [count],
  );
  return rows.map(({ number }) => number);
}

/**
 * Writes copies with a few large statements, past the API. They are records like all others, but for the audit chain, which is the original's.
 * @returns their numbers
 */
export async function insertCopies(pool: Pool, copies: readonly Copy[]): Promise<string[]> {
  const numbers = await nextNumbers(pool, copies.length);
  const statement = `with r as (${await insertInto(pool, 'records', '$1')}),
      e as (${await insertInto(pool, 'events', '$2')}),
      t as (${await insertInto(pool, 'texts', '$3')}),
      f as (${await insertInto(pool, 'effects', '$4')})
    insert into wakes (number, seq, priority, since)
    select number, seq, priority, clock_timestamp() from jsonb_to_recordset($5::jsonb) as w(number text, seq integer, priority integer)`;
  await times(Math.ceil(copies.length / PER_STATEMENT), AT_ONCE, async (turn) => {
    const begin = turn * PER_STATEMENT;
    const part = copies.slice(begin, begin + PER_STATEMENT);
    const rows = part.map((copy, index) => rowsOf(copy, numbers[begin + index] ?? ''));
    const values = [
      rows.map(({ record }) => record),
      rows.flatMap(({ events }) => events),
      rows.flatMap(({ texts }) => texts),
      rows.flatMap(({ escalations }) => escalations),
      rows.flatMap(({ wakes }) => wakes),
    ];
    await pool.query(
      statement,
      values.map((value) => JSON.stringify(value)),
    );
  });
  return numbers;
}
