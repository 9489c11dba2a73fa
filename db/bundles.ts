import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { AddressedNotification } from './effects.ts';
import type { Queryable } from './pool.ts';

/** To whom and by which channel: what a rate limit is for. */
type Receiver = Pick<AddressedNotification, 'person' | 'namedChannel' | 'channel'>;

const whom = "coalesce(payload ->> 'person', payload ->> 'namedChannel')";

function valuesOf({ person, namedChannel, channel }: Receiver): [string, string] {
  return [person ?? namedChannel ?? '', channel];
}

/** Decisions about one receiver wait for each other until the transaction ends. */
export async function lockReceiver(tx: Queryable, receiver: Receiver): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 20261122))', [
    valuesOf(receiver).join(' '),
  ]);
}

/** With which message one goes out, and the state of that one; undefined when it is not decided. */
export async function companionOf(
  tx: Queryable,
  key: string,
): Promise<{ readonly key: string; readonly state: string } | undefined> {
  const { rows } = await tx.query<{ key: string; state: string }>(
    'select l.key, l.state from effects e join effects l on l.key = e.together_with where e.key = $1',
    [key],
  );
  return rows[0];
}

export interface DueEffect {
  readonly key: string;
  readonly urgency: 'interrupting' | 'deferrable';
  readonly priority: number;
  readonly dueAt: Instant;
}

const LOWEST_PRIORITY = 5;

/** The messages to a receiver that are due and of which it is not decided how they go out. */
export async function undecided(
  tx: Queryable,
  receiver: Receiver,
  now: Instant,
): Promise<DueEffect[]> {
  const { rows } = await tx.query<{
    key: string;
    urgency: DueEffect['urgency'] | null;
    priority: number | null;
    due_at: Date;
  }>(
    `select e.key, e.payload ->> 'urgency' as urgency, r.priority, coalesce(e.not_before, e.created_at) as due_at
     from effects e join records r using (number)
     where ${whom.replaceAll('payload', 'e.payload')} = $1 and e.payload ->> 'channel' = $2 and e.kind = 'notification'
       and e.state in ('pending', 'started') and e.together_with is null and (e.not_before is null or e.not_before <= $3)`,
    [...valuesOf(receiver), toIso(now)],
  );
  return rows.map(({ key, urgency, priority, due_at }) => ({
    key,
    urgency: urgency ?? 'deferrable',
    priority: priority ?? LOWEST_PRIORITY,
    dueAt: due_at.getTime(),
  }));
}

/** When messages went out to a receiver since a moment, those that took others along counted once. */
export async function takenSince(
  tx: Queryable,
  receiver: Receiver,
  since: Instant,
): Promise<Instant[]> {
  const { rows } = await tx.query<{ taken_at: Date }>(
    `select taken_at from effects where ${whom} = $1 and payload ->> 'channel' = $2 and taken_at > $3 and together_with = key`,
    [...valuesOf(receiver), toIso(since)],
  );
  return rows.map(({ taken_at }) => taken_at.getTime());
}

/** Decides that a message goes out, and which others it takes along. */
export async function takeAlong(
  tx: Queryable,
  key: string,
  others: readonly string[],
  at: Instant,
): Promise<void> {
  await tx.query(
    'update effects set together_with = $1, taken_at = $3 where key = any($2::text[])',
    [key, [key, ...others], toIso(at)],
  );
}

/** What one was to go along with does not go out after all. */
export async function goesByItself(tx: Queryable, key: string): Promise<void> {
  await tx.query('update effects set together_with = null, taken_at = null where key = $1', [key]);
}

/** The records of the messages that one takes along and that are still wanted. */
export async function alongWith(db: Queryable, key: string): Promise<string[]> {
  const { rows } = await db.query<{ number: string }>(
    `select distinct number from effects where together_with = $1 and key <> $1 and state in ('pending', 'started') order by number`,
    [key],
  );
  return rows.map(({ number }) => number);
}

/** The records of the messages that went out along with one. */
export async function wentAlongWith(db: Queryable, key: string): Promise<string[]> {
  const { rows } = await db.query<{ number: string }>(
    `select distinct number from effects where together_with = $1 and key <> $1 and state = 'done' order by number`,
    [key],
  );
  return rows.map(({ number }) => number);
}

/** The message went out: so did those that it took along. */
export async function finishAlong(tx: Queryable, key: string, at: Instant): Promise<void> {
  await tx.query(
    `update effects set state = 'done', finished_at = $2, lease_until = null, error = 'sent together with ' || $1
     where together_with = $1 and key <> $1 and state in ('pending', 'started')`,
    [key, toIso(at)],
  );
}
