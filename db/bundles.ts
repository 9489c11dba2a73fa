import type { DueMessage, Rank, SentMessage } from '../domain/notification/bundle.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { AddressedNotification, EffectState } from './effects.ts';
import type { Queryable } from './pool.ts';

/** To whom, by which channel and to which address: what a rate limit is for. */
type Receiver = Pick<AddressedNotification, 'person' | 'namedChannel' | 'channel' | 'method'>;

/** Two addresses of one person are two receivers: what reached one of them is not at the other. */
const isReceiver = `coalesce(e.payload ->> 'person', e.payload ->> 'namedChannel') = $1 and e.payload ->> 'channel' = $2
  and coalesce(e.payload ->> 'method', '') = $3`;

function valuesOf({ person, namedChannel, channel, method }: Receiver): [string, string, string] {
  return [person ?? namedChannel ?? '', channel, method ?? ''];
}

/** Decisions about one receiver wait for each other until the transaction ends. */
export async function lockReceiver(tx: Queryable, receiver: Receiver): Promise<void> {
  await tx.query({
    name: 'lock-receiver',
    text: 'select pg_advisory_xact_lock(hashtextextended($1, 20261122))',
    values: [valuesOf(receiver).join(' ')],
  });
}

/** The message with which one goes out. */
export interface Companion {
  readonly key: string;
  readonly state: EffectState;
  /** How many it takes along. */
  readonly along: number;
}

const companion =
  'l.key, l.state, (select count(*)::integer from effects a where a.together_with = l.key and a.key <> l.key) as along';

/** With which message one goes out; undefined when it is not decided. */
export async function companionOf(tx: Queryable, key: string): Promise<Companion | undefined> {
  const { rows } = await tx.query<Companion>({
    name: 'companion',
    text: `select ${companion} from effects e join effects l on l.key = e.together_with where e.key = $1`,
    values: [key],
  });
  return rows[0];
}

/** A message that is about to go out, and what its limit counts. */
interface Asking {
  readonly message: Receiver & { readonly key: string };
  readonly now: Instant;
  /** What was sent before this moment does not count. */
  readonly since: Instant;
}

function askingValues({ message, now, since }: Asking): string[] {
  return [...valuesOf(message), message.key, toIso(now), toIso(since)];
}

/** A message that is due and of which it is not decided how it goes out. */
const isUndecided = `${isReceiver} and e.kind = 'notification' and e.state in ('pending', 'started') and e.together_with is null
  and (e.not_before is null or e.not_before <= $5)`;

/**
 * A message that went out, or was tried, and perhaps took others along. What was no longer wanted before it left does not count. Not `exists`: for
 * that a plan may read all deliveries.
 */
const isTaken = `${isReceiver} and e.taken_at > $6 and coalesce(e.together_with, e.key) = e.key
  and (e.state <> 'cancelled' or (select true from deliveries d where d.effect_key = e.key limit 1))`;

/**
 * With which message one goes out. When that is not decided, no other one to its receiver is undecided, and fewer than `most` went there, whatever
 * their rank, it is decided at once that it goes by itself; else undefined. Others need not wait for that: of two messages that are decided in this
 * way one at least sees the other, for each was stored before it is asked about.
 */
export async function companionOrAlone(
  db: Queryable,
  asking: Asking,
  most: number,
): Promise<Companion | undefined> {
  const { rows } = await db.query<Companion>({
    name: 'companion-or-alone',
    // The others are compared with `m.key`, not with the parameter, so that they are looked for only when `m` is undecided.
    text: `with alone as (update effects m set together_with = m.key, taken_at = $5
        where m.key = $4 and m.state in ('pending', 'started') and m.together_with is null
          and not exists (select from effects e where ${isUndecided} and e.key <> m.key)
          and (select count(*) from (select from effects e where ${isTaken} and e.key <> m.key limit $7::integer) taken) < $7::integer
        returning m.key)
      select ${companion} from effects e join effects l on l.key = coalesce(e.together_with, (select key from alone)) where e.key = $4`,
    values: [...askingValues(asking), most],
  });
  return rows[0];
}

interface RankRow {
  urgency: Rank['urgency'] | null;
  priority: number | null;
}

const LOWEST_PRIORITY = 5;

function rankOf({ urgency, priority }: RankRow): Rank {
  return { urgency: urgency ?? 'deferrable', priority: priority ?? LOWEST_PRIORITY };
}

/** How a receiver stands at one moment: each message is in one of the two, or in none. */
export interface Standing {
  /** Those that are due and of which it is not decided how they go out. */
  readonly undecided: readonly DueMessage[];
  /** Those that went out, or were tried, and count for the limit, those that took others along once. The message's own attempts in vain do not. */
  readonly taken: readonly SentMessage[];
}

/** What is undecided and what went out to the receiver of a message: in one statement, for between two a message could be decided and be in both. */
export async function standingOf(tx: Queryable, asking: Asking): Promise<Standing> {
  const { rows } = await tx.query<RankRow & { key: string; due_at: Date; taken_at: Date | null }>({
    name: 'standing-of-receiver',
    text: `select e.key, e.payload ->> 'urgency' as urgency, r.priority, coalesce(e.not_before, e.created_at) as due_at, null as taken_at
        from effects e join records r using (number) where ${isUndecided}
      union all
      select e.key, e.payload ->> 'urgency', r.priority, e.created_at, e.taken_at
        from effects e join records r using (number) where ${isTaken} and e.key <> $4`,
    values: askingValues(asking),
  });
  return {
    undecided: rows.flatMap(({ key, due_at, taken_at, ...rank }) =>
      taken_at === null ? [{ ...rankOf(rank), key, dueAt: due_at.getTime() }] : [],
    ),
    taken: rows.flatMap(({ taken_at, ...rank }) =>
      taken_at === null ? [] : [{ ...rankOf(rank), at: taken_at.getTime() }],
    ),
  };
}

/**
 * Decides that a message goes out, and which others it takes along.
 * @returns false, and nothing is decided, when it is decided of one of them already
 */
export async function takeAlong(
  tx: Queryable,
  key: string,
  others: readonly string[],
  at: Instant,
): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'take-along',
    text: `with free as materialized (select key from effects where key = any($2::text[]) and together_with is null for update)
      update effects set together_with = $1, taken_at = case when key = $1 then $3::timestamptz else taken_at end
      where key = any($2::text[]) and (select count(*) from free) = cardinality($2::text[])`,
    values: [key, [key, ...others], toIso(at)],
  });
  return rowCount === others.length + 1;
}

/** What one was to go along with does not go out after all. */
export async function goesByItself(tx: Queryable, key: string): Promise<void> {
  await tx.query('update effects set together_with = null where key = $1', [key]);
}

/** A message did not get through: how it goes out, and what was to go along, is decided anew. */
export async function dissolve(tx: Queryable, key: string): Promise<void> {
  await tx.query(
    `update effects set together_with = null where together_with = $1 and state in ('pending', 'started')`,
    [key],
  );
}

/** A message that goes out with another one, or went out with it. */
export interface Along {
  readonly key: string;
  readonly number: string;
}

async function along(db: Queryable, key: string, states: readonly EffectState[]): Promise<Along[]> {
  const { rows } = await db.query<Along>({
    name: 'messages-along',
    text: `select e.key, e.number from effects e join records r using (number)
     where e.together_with = $1 and e.key <> $1 and e.state = any($2::text[])
     order by (e.payload ->> 'urgency') is distinct from 'interrupting', r.priority nulls last, length(e.number), e.number, e.key`,
    values: [key, states],
  });
  return rows;
}

/** The messages that one takes along and that are still wanted, the most urgent first. */
export function alongWith(db: Queryable, key: string): Promise<Along[]> {
  return along(db, key, ['pending', 'started']);
}

/** The messages that went out along with one, the most urgent first. */
export function wentAlongWith(db: Queryable, key: string): Promise<Along[]> {
  return along(db, key, ['done']);
}
