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

/** With which message one goes out; undefined when it is not decided. */
export async function companionOf(tx: Queryable, key: string): Promise<Companion | undefined> {
  const { rows } = await tx.query<Companion>({
    name: 'companion',
    text: `select l.key, l.state, (select count(*)::integer from effects a where a.together_with = l.key and a.key <> l.key) as along
     from effects e join effects l on l.key = e.together_with where e.key = $1`,
    values: [key],
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

/** The messages to a receiver that are due and of which it is not decided how they go out. */
export async function undecided(
  tx: Queryable,
  receiver: Receiver,
  now: Instant,
): Promise<DueMessage[]> {
  const { rows } = await tx.query<RankRow & { key: string; due_at: Date }>({
    name: 'undecided-messages',
    text: `select e.key, e.payload ->> 'urgency' as urgency, r.priority, coalesce(e.not_before, e.created_at) as due_at
     from effects e join records r using (number)
     where ${isReceiver} and e.kind = 'notification' and e.state in ('pending', 'started') and e.together_with is null
       and (e.not_before is null or e.not_before <= $4)`,
    values: [...valuesOf(receiver), toIso(now)],
  });
  return rows.map(({ key, due_at, ...rank }) => ({
    ...rankOf(rank),
    key,
    dueAt: due_at.getTime(),
  }));
}

/**
 * What went out, or was tried, to a receiver since a moment, those that took others along counted once. What was no longer wanted before it left
 * does not count.
 * @param key a message that is about to go out: its own attempts in vain do not count
 */
export async function takenSince(
  tx: Queryable,
  receiver: Receiver,
  key: string,
  since: Instant,
): Promise<SentMessage[]> {
  const { rows } = await tx.query<RankRow & { taken_at: Date }>({
    name: 'messages-taken',
    text: `select e.payload ->> 'urgency' as urgency, r.priority, e.taken_at from effects e join records r using (number)
     where ${isReceiver} and e.taken_at > $4 and coalesce(e.together_with, e.key) = e.key and e.key <> $5
       and (e.state <> 'cancelled' or exists (select from deliveries d where d.effect_key = e.key))`,
    values: [...valuesOf(receiver), toIso(since), key],
  });
  return rows.map(({ taken_at, ...rank }) => ({ ...rankOf(rank), at: taken_at.getTime() }));
}

/** Decides that a message goes out, and which others it takes along. */
export async function takeAlong(
  tx: Queryable,
  key: string,
  others: readonly string[],
  at: Instant,
): Promise<void> {
  await tx.query({
    name: 'take-along',
    text: `update effects set together_with = $1, taken_at = case when key = $1 then $3::timestamptz else taken_at end
     where key = any($2::text[])`,
    values: [key, [key, ...others], toIso(at)],
  });
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
