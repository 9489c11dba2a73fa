import type { ChannelKind } from '../domain/channelKinds.ts';
import type { Urgency } from '../domain/notification/rules.ts';
import type { GapWarning } from '../domain/onCall/coverage.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A warning that was told, or is about to be, and has not ended. */
export interface StandingWarning extends GapWarning {
  readonly id: string;
  /** The schedule's name for people. */
  readonly scheduleName: string;
  /** In words, as it was found. */
  readonly why: string;
}

/** Lets one process at a time plan warnings, to the end of the transaction: of two that find the same gap one warns. */
export async function lockWarnings(tx: Queryable): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('on-call warnings', 0))`);
}

interface WarningRow {
  id: string;
  schedule: string;
  schedule_name: string;
  person: string | null;
  begins_at: Date;
  ends_at: Date;
  lead_ms: string;
  why: string;
}

function toWarning({ schedule_name, begins_at, ends_at, lead_ms, ...row }: WarningRow) {
  const stretch = { from: begins_at.getTime(), to: ends_at.getTime() };
  return { ...row, ...stretch, scheduleName: schedule_name, lead: Number(lead_ms) };
}

/** The warnings that have not ended, by the beginning of what they warn of. @param ids only these */
export async function standingWarnings(
  db: Queryable,
  ids?: readonly string[],
): Promise<readonly StandingWarning[]> {
  const { rows } = await db.query<WarningRow>(
    `select w.id, w.schedule, coalesce(s.definition ->> 'name', w.schedule) as schedule_name, w.person, w.begins_at, w.ends_at, w.lead_ms, w.why
     from on_call_warnings w left join schedules s on s.id = w.schedule
     where w.ended_at is null and ($1::bigint[] is null or w.id = any($1)) order by w.begins_at, w.id`,
    [ids ?? null],
  );
  return rows.map(toWarning);
}

/** Nobody is told of these any more. */
export async function endWarnings(
  tx: Queryable,
  ids: readonly string[],
  at: Instant,
): Promise<void> {
  await tx.query('update on_call_warnings set ended_at = $2 where id = any($1::bigint[])', [
    ids,
    toIso(at),
  ]);
}

/** @returns its id */
export async function storeWarning(
  tx: Queryable,
  { schedule, person, from, to, lead, why }: GapWarning & { readonly why: string },
  at: Instant,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into on_call_warnings (schedule, person, begins_at, ends_at, lead_ms, why, warned_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [schedule, person, toIso(from), toIso(to), lead, why, toIso(at)],
  );
  return rows[0]?.id ?? '';
}

/** Where a message goes that warns somebody. */
export interface WarningAddress {
  readonly person?: string;
  readonly namedChannel?: string;
  readonly channel: ChannelKind;
  readonly method?: string;
  readonly urgency: Urgency;
  readonly dueAt: Instant;
}

/** A message to one receiver about one warning or several. */
export interface NewWarningMessage extends WarningAddress {
  /** Their ids. */
  readonly warnings: readonly string[];
  readonly giveUpAt: Instant;
}

export async function storeMessage(
  tx: Queryable,
  { warnings, person, namedChannel, channel, method, urgency, dueAt, giveUpAt }: NewWarningMessage,
): Promise<void> {
  await tx.query(
    `insert into on_call_warning_messages (warnings, person, named_channel, channel, method, urgency, due_at, give_up_at)
     values ($1::bigint[], $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[warnings, person ?? null, namedChannel ?? null, channel, method ?? null],
      ...[urgency, toIso(dueAt), toIso(giveUpAt)],
    ],
  );
}

/** A message that is to be sent now. */
export interface DueWarningMessage extends Omit<NewWarningMessage, 'dueAt'> {
  readonly id: string;
  /** This one included. */
  readonly attempts: number;
}

/** Takes messages that are due, for as long as a lease: then somebody else may send them, for whoever had them may have died. */
export async function takeDueMessages(
  db: Queryable,
  now: Instant,
  leaseUntil: Instant,
  limit: number,
): Promise<readonly DueWarningMessage[]> {
  const { rows } = await db.query<{
    id: string;
    warnings: string[];
    person: string | null;
    named_channel: string | null;
    channel: ChannelKind;
    method: string | null;
    urgency: Urgency;
    give_up_at: Date;
    attempts: number;
  }>(
    `with due as (
       select id from on_call_warning_messages where state = 'pending' and due_at <= $1
       order by urgency desc, due_at limit $3 for update skip locked
     )
     update on_call_warning_messages m set due_at = $2, attempts = attempts + 1 from due where m.id = due.id
     returning m.id, m.warnings, m.person, m.named_channel, m.channel, m.method, m.urgency, m.give_up_at, m.attempts`,
    [toIso(now), toIso(leaseUntil), limit],
  );
  return rows.map(({ person, named_channel, method, give_up_at, ...row }) => ({
    ...row,
    giveUpAt: give_up_at.getTime(),
    ...(person === null ? {} : { person }),
    ...(named_channel === null ? {} : { namedChannel: named_channel }),
    ...(method === null ? {} : { method }),
  }));
}

/** @param detail what the receiver said, or why it was not sent */
export async function finishMessage(
  db: Queryable,
  id: string,
  state: 'done' | 'cancelled' | 'dead',
  detail: string,
  at: Instant,
): Promise<void> {
  await db.query(
    `update on_call_warning_messages set state = $2, detail = left($3, 500), finished_at = $4 where id = $1 and state = 'pending'`,
    [id, state, detail, toIso(at)],
  );
}

/** It was not accepted and is tried again. */
export async function retryMessage(
  db: Queryable,
  id: string,
  detail: string,
  dueAt: Instant,
): Promise<void> {
  await db.query(
    `update on_call_warning_messages set detail = left($2, 500), due_at = $3 where id = $1 and state = 'pending'`,
    [id, detail, toIso(dueAt)],
  );
}

/** Who was told of a warning in which way, and what came of it. */
export interface ToldWarning {
  readonly warning: string;
  readonly person: string | null;
  readonly namedChannel: string | null;
  readonly channel: ChannelKind;
  readonly state: 'pending' | 'done' | 'cancelled' | 'dead';
  readonly detail: string | null;
  readonly finishedAt: Instant | null;
}

/** Who was told of these warnings, in the order in which it was planned. */
export async function toldOf(
  db: Queryable,
  warnings: readonly string[],
): Promise<readonly ToldWarning[]> {
  const { rows } = await db.query<Omit<ToldWarning, 'finishedAt'> & { finished_at: Date | null }>(
    `select w.id as warning, m.person, m.named_channel as "namedChannel", m.channel, m.state, m.detail, m.finished_at
     from unnest($1::bigint[]) as w(id) join on_call_warning_messages m on m.warnings @> array[w.id] order by m.id`,
    [warnings],
  );
  return rows.map(({ finished_at, ...row }) => ({
    ...row,
    finishedAt: finished_at?.getTime() ?? null,
  }));
}
