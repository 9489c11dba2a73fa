import type { ChannelKind } from '../domain/channelKinds.ts';
import type { Effect, Notification, Urgency } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import { driving } from './identity.ts';
import type { Queryable } from './pool.ts';

/** So long an effect stays with a worker that died. */
export const LEASE_SECONDS = 10;

export const effectStates = [
  'pending',
  'started',
  'cancelling',
  'done',
  'cancelled',
  'dead',
] as const;
export type EffectState = (typeof effectStates)[number];

interface StoredEffectBase {
  readonly key: string;
  readonly number: string;
  readonly organisation: string;
  readonly state: EffectState;
  readonly attempts: number;
  readonly giveUpAt: Instant;
  /** The policy that asked for it. */
  readonly policy: string;
}

/** A message with its address: what a notification becomes when it is planned. */
export interface AddressedNotification {
  readonly kind: 'notification';
  /** Whom it is for: a person, or one of the policy's channels. */
  readonly person?: string;
  readonly namedChannel?: string;
  readonly channel: ChannelKind;
  /** The contact method that was chosen; absent: what the policy says of the person or place. */
  readonly method?: string;
  /** Why this method: the place in the person's rules. */
  readonly why?: string;
  readonly message: string;
  /** Absent in what an earlier version planned. */
  readonly urgency?: Urgency;
}

/** An effect as it is kept, and carried out. */
export type PlannedWork = Exclude<Effect, Notification> | AddressedNotification;

export type StoredEffect = StoredEffectBase & PlannedWork;

export interface EffectRow {
  key: string;
  number: string;
  organisation: string;
  kind: StoredEffect['kind'];
  payload: object;
  policy: string;
  state: EffectState;
  attempts: number;
  give_up_at: Date;
}

const columns = 'key, number, organisation, kind, payload, policy, state, attempts, give_up_at';

export function toEffect(row: EffectRow): StoredEffect {
  const { key, number, organisation, kind, payload, policy, state, attempts } = row;
  const base = { key, number, organisation, kind, policy, state, attempts };
  return { ...base, ...payload, giveUpAt: row.give_up_at.getTime() } as StoredEffect;
}

/**
 * Takes an effect to work on it, for `leaseSeconds` of real time. Leases are the one place where the database's own clock decides: it is
 * the only clock that all workers share, and a lease is about machines, not about the record's time. An escalation counts as started only once
 * its workflow is (`markStarted`). Undefined: finished, or another worker has it, or the records are driven by another namespace.
 * @param driver the Temporal namespace that the worker serves
 * @param now the record's time: what is planned for later is left until then; left out: it is taken all the same
 */
export async function claimEffect(
  db: Queryable,
  key: string,
  leaseSeconds: number,
  driver: string,
  now?: Instant,
): Promise<StoredEffect | undefined> {
  const { rows } = await db.query<EffectRow>({
    name: 'claim-effect',
    text: `with ${driving('$3')}
     update effects set state = case when state = 'pending' and kind <> 'escalation' then 'started' else state end, attempts = attempts + 1,
       lease_until = clock_timestamp() + make_interval(secs => $2)
     from driving where key = $1 and state in ('pending', 'started', 'cancelling') and (lease_until is null or lease_until < clock_timestamp())
       and ($4::timestamptz is null or not_before is null or not_before <= $4)
     returning ${columns}`,
    values: [key, leaseSeconds, driver, now === undefined ? null : toIso(now)],
  });
  return rows[0] && toEffect(rows[0]);
}

export type StoredMessage = StoredEffectBase & AddressedNotification;

/** What a commit asked for at once, as far as its caller carries it out, and whether anything else of it is left to do. */
export interface ClaimedMessages {
  readonly messages: readonly StoredMessage[];
  readonly isMoreToDo: boolean;
}

/**
 * Takes the messages worth waking somebody that a commit asked for at once, as `claimEffect` takes one. None, and more to do, when the records are
 * driven by another namespace.
 * @param seq of the event that asked for them
 */
export async function claimMessages(
  db: Queryable,
  { number, seq }: { readonly number: string; readonly seq: number },
  leaseSeconds: number,
  driver: string,
): Promise<ClaimedMessages> {
  const { rows } = await db.query<EffectRow | { key: null }>({
    name: 'claim-messages',
    text: `with ${driving('$4')}, asked as (
        select key from effects
        where number = $1 and split_part(key, '/', 2)::integer = $2 and state in ('pending', 'started', 'cancelling')),
      claimed as (
        update effects set state = 'started', attempts = attempts + 1, lease_until = clock_timestamp() + make_interval(secs => $3)
        from driving where key in (select key from asked) and kind = 'notification' and payload ->> 'urgency' = 'interrupting'
          and not_before is null and state in ('pending', 'started') and (lease_until is null or lease_until < clock_timestamp())
        returning ${columns})
      select claimed.* from asked left join claimed using (key) order by asked.key`,
    values: [number, seq, leaseSeconds, driver],
  });
  const claimed = rows.filter((row) => row.key !== null);
  return {
    messages: claimed.map((row) => toEffect(row) as StoredMessage),
    isMoreToDo: claimed.length < rows.length,
  };
}

/** Keeps the lease of the attempt that holds it. */
export async function extendLease(
  db: Queryable,
  key: string,
  attempt: number,
  leaseSeconds: number,
): Promise<void> {
  await db.query(
    `update effects set lease_until = clock_timestamp() + make_interval(secs => $3)
     where key = $1 and attempts = $2 and lease_until is not null`,
    [key, attempt, leaseSeconds],
  );
}

/**
 * An orchestration's workflow runs: from here on it lives on its own. False when it is no longer wanted, or was started in a namespace that does
 * not drive the records any more.
 */
export async function markStarted(db: Queryable, key: string, driver: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'mark-started',
    text: `with ${driving('$2')}
     update effects set state = 'started', lease_until = null from driving
     where key = $1 and state in ('pending', 'started')`,
    values: [key, driver],
  });
  return rowCount === 1;
}

/** Whether an effect is still wanted and may be done by a worker of this namespace: asked at the last moment before it leaves. */
export async function mayProceed(
  db: Queryable,
  key: string,
  driver: string,
): Promise<'yes' | 'unwanted' | 'superseded'> {
  const { rows } = await db.query<{ wanted: boolean; drives: boolean }>({
    name: 'may-proceed',
    text: `select coalesce((select state in ('pending', 'started') from effects where key = $1), false) as wanted,
       exists (select 1 from temporal_identity where namespace_id = $2) as drives`,
    values: [key, driver],
  });
  if (rows[0]?.drives !== true) return 'superseded';
  return rows[0].wanted ? 'yes' : 'unwanted';
}

/**
 * Sets effects of records back to what a new Temporal can be told: orchestrations that ran are to be started again, and go on after the last step
 * that is an event; a message on its way is looked at again. Leases stay: who holds one may be sending.
 * @returns how many
 */
export async function restartEffects(tx: Queryable, numbers: readonly string[]): Promise<number> {
  const { rowCount } = await tx.query(
    `update effects set state = 'pending' where number = any($1::text[]) and state = 'started'`,
    [numbers],
  );
  return rowCount ?? 0;
}

/** How many effects are open, by kind. */
export async function openEffects(db: Queryable): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.query<{ kind: string; count: string }>(
    `select kind, count(*) from effects where state in ('pending', 'started', 'cancelling') group by kind order by kind`,
  );
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, Number(count)]));
}

export async function findEffect(db: Queryable, key: string): Promise<StoredEffect | undefined> {
  const { rows } = await db.query<EffectRow>({
    name: 'find-effect',
    text: `select ${columns} from effects where key = $1`,
    values: [key],
  });
  return rows[0] && toEffect(rows[0]);
}

/** Gives an effect back after an attempt that failed: it stays open and may be taken again. */
export async function releaseEffect(
  db: Queryable,
  key: string,
  error: string | null,
): Promise<void> {
  await db.query({
    name: 'release-effect',
    text: 'update effects set lease_until = null, error = $2 where key = $1',
    values: [key, error],
  });
}

/** An attempt at an effect failed, or came too early: it is planned again for later, unless somebody has it. @param at the record's time */
export async function postponeEffect(db: Queryable, key: string, at: Instant): Promise<void> {
  await db.query({
    name: 'postpone-effect',
    text: `update effects set not_before = $2 where key = $1 and state in ('pending', 'started') and lease_until is null`,
    values: [key, toIso(at)],
  });
}

/** Ends an effect. One that was cancelled on the way stays cancelled. @returns whether this call ended it */
export async function finishEffect(
  db: Queryable,
  key: string,
  state: 'done' | 'cancelled' | 'dead',
  at: Instant,
  error: string | null = null,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'finish-effect',
    text: `update effects set state = $2, finished_at = $3, lease_until = null, error = $4
     where key = $1 and state in ('pending', 'started', 'cancelling')`,
    values: [key, state, toIso(at), error],
  });
  return rowCount === 1;
}

export interface EffectSummary {
  readonly key: string;
  readonly kind: StoredEffect['kind'];
  readonly state: EffectState;
  readonly attempts: number;
  readonly person: string | null;
  readonly namedChannel: string | null;
  readonly channel: string | null;
  readonly method: string | null;
  readonly why: string | null;
  readonly message: string | null;
  readonly escalation: string | null;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
  readonly error: string | null;
}

/** All effects that a record ever asked for, in order, for people to read. */
export async function effectsOf(db: Queryable, number: string): Promise<EffectSummary[]> {
  const { rows } = await db.query<
    Omit<EffectSummary, 'createdAt' | 'finishedAt'> & { created_at: Date; finished_at: Date | null }
  >(
    `select key, kind, state, attempts, payload ->> 'person' as person, payload ->> 'namedChannel' as "namedChannel", payload ->> 'channel' as channel,
       payload ->> 'method' as method, payload ->> 'why' as why, payload ->> 'message' as message, payload ->> 'escalation' as escalation, created_at, finished_at, error
     from effects where number = $1
     order by split_part(key, '/', 2)::integer, split_part(key, '/', 3)::integer`,
    [number],
  );
  return rows.map(({ created_at, finished_at, ...row }) => ({
    ...row,
    createdAt: created_at.getTime(),
    finishedAt: finished_at === null ? null : finished_at.getTime(),
  }));
}

/** The same message to the same receiver by other ways: asked for by the same event. */
const sameMessage = `number = $1 and kind = 'notification' and key <> $2 and split_part(key, '/', 2) = split_part($2, '/', 2)
  and payload ->> 'message' = $3 and payload ->> 'person' is not distinct from $4`;

type Message = AddressedNotification & { readonly key: string; readonly number: string };

const messageValues = ({ number, key, message, person }: Message) => [
  number,
  key,
  message,
  person ?? null,
];

/** Lets the next way of the same message go at once that waits for its time. @returns whether there was one */
export async function hurryNext(tx: Queryable, message: Message): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update effects set not_before = null, queued_at = clock_timestamp() where key = (
       select key from effects where ${sameMessage} and state = 'pending' and not_before is not null order by not_before, key limit 1)`,
    messageValues(message),
  );
  return rowCount === 1;
}

/** How many ways of the same message arrived, or are still open. */
export async function otherWays(tx: Queryable, message: Message): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::integer as count from effects e where ${sameMessage} and (state in ('pending', 'started') or (state = 'done'
       and not exists (select from deliveries d where d.effect_key = coalesce(e.together_with, e.key) and d.outcome = 'failed'
         and d.id = (select max(id) from deliveries l where l.effect_key = d.effect_key))))`,
    messageValues(message),
  );
  return rows[0]?.count ?? 0;
}
