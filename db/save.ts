import type { RecordState } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { PlannedEffect } from '../domain/process.ts';
import type { StoredEvent } from './events.ts';
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
  readonly effects: readonly (PlannedEffect & { readonly giveUpAt: Instant })[];
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
  /** When the record's workflow must look again: its priority, and the real time it waits since. */
  readonly wake: { readonly priority: number; readonly since: Instant } | null;
}

const hex = (bytes: Buffer): string => bytes.toString('hex');

/**
 * One statement for all that a commit writes: one round trip, and all of it or nothing. It writes nothing when the record has moved on since it was
 * decided: `saved` then is empty, and everything else is written for what is in it. An escalation that runs is told to stop; what is only planned or on its way just ends.
 */
const statement = `
with r as (select * from jsonb_to_record($1::jsonb) as x(number text, process text, organisation text, version integer,
    policy text, seq integer, state text, final boolean, opened_at timestamptz, last_at timestamptz,
    state_since timestamptz, time_in jsonb, due_at timestamptz,
    fields jsonb, clocks jsonb, chain text)),
saved as (
  insert into records (number, process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, chain)
  select number, process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, decode(chain, 'hex') from r
  on conflict (number) do update set version = excluded.version, policy = excluded.policy, seq = excluded.seq,
    state = excluded.state, final = excluded.final, last_at = excluded.last_at, state_since = excluded.state_since, time_in = excluded.time_in, due_at = excluded.due_at,
    fields = excluded.fields, clocks = excluded.clocks, chain = excluded.chain
    where records.seq = $12::integer
  returning number),
done as (select r.* from r join saved using (number)),
new_texts as (
  insert into texts (id, number, organisation, salt, body)
  select t.id, r.number, r.organisation, decode(t.salt, 'hex'), t.body
  from done r, jsonb_to_recordset($2::jsonb) as t(id text, salt text, body text)),
new_events as (
  insert into events (number, seq, organisation, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash)
  select r.number, e.seq, r.organisation, e.type, e.at, e.recorded_at, e.actor_kind, e.actor_id, e.version, e.policy, e.data, e.reasons, e.change,
    e.command_id, decode(e.previous, 'hex'), decode(e.hash, 'hex')
  from done r, jsonb_to_recordset($3::jsonb) as e(seq integer, type text, at timestamptz, recorded_at timestamptz, actor_kind text, actor_id text,
    version integer, policy text, data jsonb, reasons jsonb, change jsonb, command_id text, previous text, hash text)),
ended as (
  update effects set state = case when kind = 'escalation' and state = 'started' then 'cancelling' else 'cancelled' end,
    finished_at = case when kind = 'escalation' and state = 'started' then null else $6::timestamptz end
  where number = (select number from done) and during = any($4::text[]) and state in ('pending', 'started')),
new_effects as (
  insert into effects (key, number, organisation, kind, payload, during, policy, created_at, give_up_at)
  select e.key, r.number, r.organisation, e.kind, e.payload, e.during, r.policy, e.created_at, e.give_up_at
  from done r, jsonb_to_recordset($5::jsonb) as e(key text, kind text, payload jsonb, during text, created_at timestamptz, give_up_at timestamptz)),
kept as (
  insert into commands (actor, key, body_hash, number, seq, at)
  select $8::text, $9::text, $10::bytea, r.number, r.seq, $11::timestamptz from done r where $8::text is not null),
woken as (
  insert into wakes (number, seq, priority, since)
  select number, seq, $7::integer, $6::timestamptz from done where $7::integer is not null
  on conflict (number) do update set seq = excluded.seq, priority = least(wakes.priority, excluded.priority), sent_at = null)
select number from saved`;

/** The record changed between the decision and its saving: nothing was written. Decide again. */
export class MovedOn extends Error {
  constructor(number: string) {
    super(`${number} was changed by somebody else at the same time`);
    this.name = 'MovedOn';
  }
}

/**
 * Writes a commit.
 * @throws MovedOn unless the record still has the seq that it was decided at; under its row's lock it always has
 * @throws a unique violation (SQLSTATE 23505) when the same Idempotency-Key was accepted at the same time: begin again and find it
 */
export async function save(tx: Queryable, what: Save): Promise<void> {
  const { record } = what;
  const row = {
    number: record.number,
    process: record.process,
    organisation: record.organisation,
    version: record.version,
    policy: record.policy,
    seq: record.seq,
    state: record.state,
    final: what.final,
    opened_at: toIso(record.openedAt),
    last_at: toIso(record.lastAt),
    state_since: toIso(record.stateSince),
    time_in: record.timeIn,
    due_at: what.dueAt === null ? null : toIso(what.dueAt),
    fields: record.fields,
    clocks: record.clocks,
    chain: hex(what.chain),
  };
  const texts = what.texts.map(({ id, salt, body }) => ({ id, salt: hex(salt), body }));
  const events = what.events.map((event) => ({
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
  const effects = what.effects.map(({ key, effect: { kind, ...payload }, during, giveUpAt }) => ({
    key,
    kind,
    payload,
    during,
    created_at: toIso(what.wake?.since ?? record.lastAt),
    give_up_at: toIso(giveUpAt),
  }));
  const { rowCount } = await tx.query({
    name: 'save',
    text: statement,
    values: [
      JSON.stringify(row),
      JSON.stringify(texts),
      JSON.stringify(events),
      what.ended,
      JSON.stringify(effects),
      toIso(what.wake?.since ?? record.lastAt),
      what.wake?.priority ?? null,
      what.command?.actor ?? null,
      what.command?.key ?? null,
      what.command?.bodyHash ?? null,
      toIso(what.recordedAt),
      what.decidedAtSeq,
    ],
  });
  if (rowCount !== 1) throw new MovedOn(record.number);
}
