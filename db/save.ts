import type { RecordState } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { LEASE_SECONDS } from './effects.ts';
import type { PlannedWork } from './effects.ts';
import type { StoredEvent } from './events.ts';
import { driving } from './identity.ts';
import type { Queryable } from './pool.ts';

export interface NewText {
  readonly id: string;
  readonly salt: Buffer;
  readonly body: string;
}

export interface Save {
  readonly record: RecordState;
  /** The record's seq when this was decided: 0 for a record that is opened. */
  readonly decidedAtSeq: number;
  readonly final: boolean;
  readonly dueAt: Instant | null;
  readonly chain: Buffer;
  readonly texts: readonly NewText[];
  readonly events: readonly StoredEvent[];
  readonly effects: readonly ({
    readonly key: string;
    readonly effect: PlannedWork;
    readonly during: string | null;
  } & {
    readonly notBefore: Instant | null;
    readonly giveUpAt: Instant;
    /** Whether the caller claims it with the commit, to carry it out itself. */
    readonly claimed: boolean;
  })[];
  /** `during` reactions that ended. */
  readonly ended: readonly string[];
  /** The caller's Idempotency-Key, whose answer this is. */
  readonly command: {
    readonly actor: string;
    readonly key: string;
    readonly bodyHash: Buffer;
  } | null;
  /** When all of it is recorded: the machine's clock. */
  readonly recordedAt: Instant;
  /** The Temporal namespace that must drive the records; null: this comes from no workflow, or it has been asked in this transaction. */
  readonly driver: string | null;
  /** How urgently the record's workflow must look again; null: it need not. */
  readonly wake: { readonly priority: number } | null;
}

const hex = (bytes: Buffer): string => bytes.toString('hex');
const isoOrNull = (at: Instant | null): string | null => (at === null ? null : toIso(at));

/** A part of the statement. Its parameters are written `:name`, for what is not there has no number. */
interface Part {
  readonly name: string;
  readonly sql: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The columns of a record that every commit may change; the others are set when it is opened. */
const changing = [
  ...['version integer', 'policy text', 'seq integer', 'state text', 'final boolean'],
  ...['last_at timestamptz', 'state_since timestamptz', 'time_in jsonb', 'due_at timestamptz'],
  ...['fields jsonb', 'clocks jsonb'],
].map((column) => column.split(' ') as [name: string, type: string]);
const changed = changing.map(([name]) => name).join(', ');
const changedTypes = changing.map(([name, type]) => `${name} ${type}`).join(', ');
const changedFromR = changing.map(([name]) => `r.${name}`).join(', ');
const given = `(select * from jsonb_to_record(:record::jsonb) as x(number text, process text, organisation text, opened_at timestamptz, chain text, ${changedTypes}))`;

const opened = `saved as (
  insert into records (number, process, organisation, opened_at, chain, ${changed})
  select r.number, r.process, r.organisation, r.opened_at, decode(r.chain, 'hex'), ${changedFromR} from ${given} r
  returning number, seq, organisation, policy)`;

/** Finds nothing when the record has moved on since it was decided; then nothing at all is written, for everything else is written for what is in it. */
const moved = (condition: string): string => `saved as (
  update records set (chain, ${changed}) = (select decode(r.chain, 'hex'), ${changedFromR} from ${given} r)
  where number = :number::text and seq = :decidedAtSeq::integer${condition}
  returning number, seq, organisation, policy)`;
const movedByAnybody = moved('');
const movedByDriver = `${driving(':driver::text')},\n${moved(' and exists (select from driving)')}`;

function recordPart({ record, final, dueAt, chain, decidedAtSeq, driver }: Save): Part {
  const row = {
    number: record.number,
    process: record.process,
    organisation: record.organisation,
    version: record.version,
    policy: record.policy,
    seq: record.seq,
    state: record.state,
    final,
    opened_at: toIso(record.openedAt),
    last_at: toIso(record.lastAt),
    state_since: toIso(record.stateSince),
    time_in: record.timeIn,
    due_at: isoOrNull(dueAt),
    fields: record.fields,
    clocks: record.clocks,
    chain: hex(chain),
  };
  const values = { record: JSON.stringify(row) };
  if (decidedAtSeq === 0) return { name: 'open', sql: opened, values };
  const moving = { ...values, number: record.number, decidedAtSeq };
  if (driver === null) return { name: 'move', sql: movedByAnybody, values: moving };
  return { name: 'drive', sql: movedByDriver, values: { ...moving, driver } };
}

function eventsPart({ events }: Save): Part {
  const rows = events.map((event) => ({
    seq: event.seq,
    type: event.type,
    at: toIso(event.at),
    recorded_at: toIso(event.recordedAt),
    actor_kind: event.actor.kind,
    actor_id: event.actor.id,
    version: event.version,
    policy: event.policy,
    data: event.data,
    reasons: event.reasons,
    change: event.change,
    command_id: event.commandId,
    previous: hex(event.previous),
    hash: hex(event.hash),
  }));
  const sql = `new_events as (
  insert into events (number, seq, organisation, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash)
  select s.number, e.seq, s.organisation, e.type, e.at, e.recorded_at, e.actor_kind, e.actor_id, e.version, e.policy, e.data, e.reasons, e.change,
    e.command_id, decode(e.previous, 'hex'), decode(e.hash, 'hex')
  from saved s, jsonb_to_recordset(:events::jsonb) as e(seq integer, type text, at timestamptz, recorded_at timestamptz, actor_kind text, actor_id text,
    version integer, policy text, data jsonb, reasons jsonb, change jsonb, command_id text, previous text, hash text))`;
  return { name: 'events', sql, values: { events: JSON.stringify(rows) } };
}

function textsPart({ texts }: Save): Part | undefined {
  if (texts.length === 0) return undefined;
  const rows = texts.map(({ id, salt, body }) => ({ id, salt: hex(salt), body }));
  const sql = `new_texts as (
  insert into texts (id, number, organisation, salt, body)
  select t.id, s.number, s.organisation, decode(t.salt, 'hex'), t.body
  from saved s, jsonb_to_recordset(:texts::jsonb) as t(id text, salt text, body text))`;
  return { name: 'texts', sql, values: { texts: JSON.stringify(rows) } };
}

/** An escalation that runs is told to stop; what is only planned or on its way just ends. */
function endedPart({ ended, recordedAt }: Save): Part | undefined {
  if (ended.length === 0) return undefined;
  const sql = `ended as (
  update effects set state = case when kind = 'escalation' and state = 'started' then 'cancelling' else 'cancelled' end,
    finished_at = case when kind = 'escalation' and state = 'started' then null else :endedAt::timestamptz end
  where number = (select number from saved) and during = any(:ended::text[]) and state in ('pending', 'started'))`;
  return { name: 'ended', sql, values: { ended, endedAt: toIso(recordedAt) } };
}

function effectsPart({ effects, recordedAt }: Save): Part | undefined {
  if (effects.length === 0) return undefined;
  const rows = effects.map(
    ({ key, effect: { kind, ...payload }, during, notBefore, giveUpAt, claimed }) => ({
      key,
      kind,
      payload,
      during,
      not_before: isoOrNull(notBefore),
      give_up_at: toIso(giveUpAt),
      claimed,
    }),
  );
  const sql = `new_effects as (
  insert into effects (key, number, organisation, kind, payload, during, policy, created_at, not_before, give_up_at, state, attempts, lease_until)
  select e.key, s.number, s.organisation, e.kind, e.payload, e.during, s.policy, :plannedAt::timestamptz, e.not_before, e.give_up_at,
    case when e.claimed then 'started' else 'pending' end, e.claimed::integer,
    case when e.claimed then clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}) end
  from saved s, jsonb_to_recordset(:effects::jsonb) as e(key text, kind text, payload jsonb, during text, not_before timestamptz, give_up_at timestamptz,
    claimed boolean))`;
  return {
    name: 'effects',
    sql,
    values: { effects: JSON.stringify(rows), plannedAt: toIso(recordedAt) },
  };
}

function keyPart({ command, recordedAt }: Save): Part | undefined {
  if (command === null) return undefined;
  const sql = `kept as (
  insert into commands (actor, key, body_hash, number, seq, at)
  select :actor::text, :key::text, :bodyHash::bytea, number, seq, :keptAt::timestamptz from saved)`;
  return { name: 'key', sql, values: { ...command, keptAt: toIso(recordedAt) } };
}

function wakePart({ wake }: Save): Part | undefined {
  if (wake === null) return undefined;
  const sql = `woken as (
  insert into wakes (number, seq, priority, since) select number, seq, :priority::integer, clock_timestamp() from saved
  on conflict (number) do update set seq = excluded.seq, priority = least(wakes.priority, excluded.priority), sent_at = null)`;
  return {
    name: 'wake',
    sql,
    values: { priority: wake.priority },
  };
}

/** Texts of statements by the names of their parts: the same parts are the same statement, prepared once a connection. */
const statements = new Map<string, string>();

function statementOf(name: string, parts: readonly Part[]): string {
  const known = statements.get(name);
  if (known !== undefined) return known;
  const names = parts.flatMap(({ values }) => Object.keys(values));
  const sql = `with ${parts.map((part) => part.sql).join(',\n')}\nselect number from saved`;
  const text = sql.replace(/(?<!:):([a-zA-Z]+)/g, (_, value: string) => {
    return `$${names.indexOf(value) + 1}`;
  });
  statements.set(name, text);
  return text;
}

/** The record changed between the decision and its saving, or the caller's namespace does not drive it: nothing was written. Decide again, under its lock. */
export class MovedOn extends Error {
  constructor(number: string) {
    super(`${number} was changed by somebody else at the same time`);
    this.name = 'MovedOn';
  }
}

/**
 * Writes a commit: one statement of the parts that it needs, so one round trip, and all of it or nothing.
 * @throws MovedOn unless the record still has the seq that it was decided at; under its row's lock it always has
 * @throws a unique violation (SQLSTATE 23505) when the same Idempotency-Key was accepted at the same time: begin again and find it
 */
export async function save(tx: Queryable, what: Save): Promise<void> {
  const parts = [
    recordPart(what),
    eventsPart(what),
    textsPart(what),
    endedPart(what),
    effectsPart(what),
    keyPart(what),
    wakePart(what),
  ].filter((part) => part !== undefined);
  const name = `save ${parts.map((part) => part.name).join(' ')}`;
  const { rowCount } = await tx.query({
    name,
    text: statementOf(name, parts),
    values: parts.flatMap(({ values }) => Object.values(values)),
  });
  if (rowCount !== 1) throw new MovedOn(what.record.number);
}
