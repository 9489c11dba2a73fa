import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What a provider called back with, as far as it is needed: no text that somebody wrote, no address. */
export interface Inbound {
  readonly provider: 'slack' | 'mattermost' | 'twilio';
  /** The provider's own name for it, or a digest of what makes it the same. */
  readonly providerId: string;
  readonly kind: 'answer' | 'report' | 'optOut' | 'optIn';
  readonly effectKey: string | null;
  /** Who answers. */
  readonly person: string | null;
  readonly answer: string | null;
  /** The contact methods that it switches off or on. */
  readonly methods: readonly string[];
  /** Of a report: whether the message arrived. */
  readonly delivered: boolean | null;
  /** What is reported, in our own words. */
  readonly detail: string | null;
}

export interface StoredInbound extends Inbound {
  readonly id: string;
  readonly receivedAt: Instant;
  /** What came of it; null until it has had its effect. */
  readonly outcome: string | null;
}

interface InboundRow extends Omit<StoredInbound, 'providerId' | 'effectKey' | 'receivedAt'> {
  readonly provider_id: string;
  readonly effect_key: string | null;
  readonly received_at: Date;
}

const columns =
  'id, provider, provider_id, kind, effect_key, person, answer, methods, delivered, detail, received_at, outcome';

function toInbound({ provider_id, effect_key, received_at, ...row }: InboundRow): StoredInbound {
  return {
    ...row,
    providerId: provider_id,
    effectKey: effect_key,
    receivedAt: received_at.getTime(),
  };
}

/** Keeps what came in. What came before is there already, and stays as it is. @param outcome when nothing is to be done about it */
export async function keepInbound(
  db: Queryable,
  { provider, providerId, kind, effectKey, person, answer, methods, delivered, detail }: Inbound,
  at: Instant,
  outcome: string | null,
): Promise<StoredInbound> {
  const { rows } = await db.query<InboundRow>(
    `with kept as (
       insert into inbound_answers (provider, provider_id, kind, effect_key, person, answer, methods, delivered, detail, received_at, applied_at, outcome)
       values ($1, $2, $3, $4, $5, $6, $7::text[], $8, $9, $10::timestamptz, case when $11::text is null then null else $10::timestamptz end, $11)
       on conflict (provider, provider_id) do nothing returning ${columns})
     select * from kept union all
     select ${columns} from inbound_answers where provider = $1 and provider_id = $2`,
    [
      ...[provider, providerId, kind, effectKey, person, answer],
      ...[methods, delivered, detail, toIso(at), outcome],
    ],
  );
  const [row] = rows;
  if (row !== undefined) return toInbound(row);
  // Another call has just kept the same, and was not seen yet.
  return findInbound(db, provider, providerId);
}

async function findInbound(
  db: Queryable,
  provider: string,
  providerId: string,
): Promise<StoredInbound> {
  const { rows } = await db.query<InboundRow>(
    `select ${columns} from inbound_answers where provider = $1 and provider_id = $2`,
    [provider, providerId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`${provider} ${providerId} was kept and is not there`);
  return toInbound(row);
}

/** Takes one that waits for its effect, until the transaction ends; undefined when it has had it, or another transaction has it now. */
export async function takeInbound(tx: Queryable, id: string): Promise<StoredInbound | undefined> {
  const { rows } = await tx.query<InboundRow>(
    `select ${columns} from inbound_answers where id = $1 and applied_at is null for update skip locked`,
    [id],
  );
  return rows[0] && toInbound(rows[0]);
}

export async function finishInbound(
  tx: Queryable,
  id: string,
  outcome: string,
  at: Instant,
): Promise<void> {
  await tx.query('update inbound_answers set applied_at = $2, outcome = $3 where id = $1', [
    id,
    toIso(at),
    outcome,
  ]);
}

/** One that waits for its effect, after so many attempts in vain. */
export interface WaitingInbound {
  readonly id: string;
  readonly attempts: number;
}

/** Those that still wait for their effect and are due, the oldest first. */
export async function openInbound(
  db: Queryable,
  now: Instant,
  limit: number,
): Promise<WaitingInbound[]> {
  const { rows } = await db.query<WaitingInbound>(
    `select id, attempts from inbound_answers where applied_at is null and (next_attempt_at is null or next_attempt_at <= $1) order by id limit $2`,
    [toIso(now), limit],
  );
  return rows;
}

const LONGEST_ERROR = 500;

/** Notes an attempt that failed. @param next when it is tried again */
export async function postponeInbound(
  db: Queryable,
  id: string,
  error: string,
  next: Instant,
): Promise<void> {
  await db.query(
    'update inbound_answers set attempts = attempts + 1, error = $2, next_attempt_at = $3 where id = $1 and applied_at is null',
    [id, error.slice(0, LONGEST_ERROR), toIso(next)],
  );
}

/** Ends one that no attempt could apply: its outcome is `failed`. */
export async function giveUpInbound(
  db: Queryable,
  id: string,
  error: string,
  at: Instant,
): Promise<void> {
  await db.query(
    `update inbound_answers set attempts = attempts + 1, error = $2, applied_at = $3, outcome = 'failed' where id = $1 and applied_at is null`,
    [id, error.slice(0, LONGEST_ERROR), toIso(at)],
  );
}

/** Lets one that was given up wait for its effect again. @param next when a sweep may try it @returns undefined when it was not given up */
export async function reviveInbound(
  tx: Queryable,
  id: string,
  next: Instant,
): Promise<StoredInbound | undefined> {
  const { rows } = await tx.query<InboundRow>(
    `update inbound_answers set applied_at = null, outcome = null, attempts = 0, next_attempt_at = $2
     where id = $1 and outcome = 'failed' returning ${columns}`,
    [id, toIso(next)],
  );
  return rows[0] && toInbound(rows[0]);
}

/** Forgets what ended before a moment. */
export async function pruneInbound(db: Queryable, before: Instant): Promise<void> {
  await db.query('delete from inbound_answers where applied_at < $1', [toIso(before)]);
}

/** One that was given up, for an operator. */
export interface FailedInbound extends Pick<
  StoredInbound,
  'id' | 'provider' | 'kind' | 'effectKey' | 'person' | 'answer' | 'receivedAt'
> {
  readonly attempts: number;
  readonly gaveUpAt: Instant;
  readonly error: string;
}

/** Those that were given up, the oldest first. @param after the id of the last one of the page before */
export async function failedInbound(
  db: Queryable,
  limit: number,
  after: string | undefined,
): Promise<FailedInbound[]> {
  const { rows } = await db.query<
    Omit<FailedInbound, 'receivedAt' | 'gaveUpAt'> & { received_at: Date; applied_at: Date }
  >(
    `select id, provider, kind, effect_key as "effectKey", person, answer, attempts, coalesce(error, '') as error, received_at, applied_at
     from inbound_answers where outcome = 'failed' and id > $1::bigint order by id limit $2`,
    [after !== undefined && /^\d{1,18}$/.test(after) ? after : '0', limit],
  );
  return rows.map(({ received_at, applied_at, ...row }) => ({
    ...row,
    receivedAt: received_at.getTime(),
    gaveUpAt: applied_at.getTime(),
  }));
}

/** How many wait for their effect, and how many were given up and are not yet forgotten. */
export async function countInbound(
  db: Queryable,
): Promise<{ readonly waiting: number; readonly failed: number }> {
  const { rows } = await db.query<{ waiting: number; failed: number }>(
    `select (select count(*)::integer from inbound_answers where applied_at is null) as waiting,
       (select count(*)::integer from inbound_answers where outcome = 'failed') as failed`,
  );
  return rows[0] ?? { waiting: 0, failed: 0 };
}

/** What came of one: null while it waits for its effect, undefined when there is none. */
export async function inboundOutcome(
  db: Queryable,
  id: string,
): Promise<string | null | undefined> {
  const { rows } = await db.query<{ outcome: string | null }>(
    'select outcome from inbound_answers where id = $1',
    [id],
  );
  return rows[0]?.outcome;
}

/** How many of these people's answers ended so since an instant. */
export async function countOutcomes(
  db: Queryable,
  people: readonly string[],
  outcome: string,
  since: Instant,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from inbound_answers where person = any($1::text[]) and outcome = $2 and received_at >= $3`,
    [people, outcome, toIso(since)],
  );
  return rows[0]?.count ?? 0;
}
