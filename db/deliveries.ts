import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { AddressedNotification } from './effects.ts';
import { linksParameter, storingLinks } from './links.ts';
import type { NewLink } from './links.ts';
import type { Queryable } from './pool.ts';

/** An attempt to send an effect's message. */
type Attempt = AddressedNotification & {
  readonly key: string;
  readonly number: string;
  readonly organisation: string;
  readonly attempts: number;
};

/** `accepted`: the receiver took it; `pending`: took it, and reports later whether it arrived; `delivered`: it said so. */
export type DeliveryOutcome = 'accepted' | 'pending' | 'delivered' | 'failed';

export interface Delivery {
  readonly effectKey: string;
  readonly person: string | null;
  readonly namedChannel: string | null;
  readonly channel: string;
  readonly method: string | null;
  readonly attempt: number;
  readonly startedAt: Instant;
  /** Null while it is under way, or when the worker died in it: whether it arrived is not known, and the next attempt carries the same key. */
  readonly finishedAt: Instant | null;
  readonly outcome: DeliveryOutcome | null;
  readonly detail: string | null;
  /** What the provider reported later. */
  readonly report: string | null;
}

/** With what an attempt begins. */
interface Begins {
  /** The links in the message. */
  readonly links: readonly NewLink[];
  /** The Temporal namespace that the worker serves. */
  readonly driver: string;
  readonly at: Instant;
}

/**
 * Whether an attempt began, its id being for what comes of it, and the receiver's name of the first message of the record that took the same way, for channels
 * that keep a record's messages together; or why not: nobody wants the message any more, or another namespace drives the records.
 */
export type Beginning =
  | { readonly kind: 'begun'; readonly id: string; readonly thread: string | undefined }
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'superseded' };

/** The last step before a message leaves: notes the attempt and stores the links that the message holds, if it is still wanted and this namespace's to send. */
export async function beginDelivery(
  db: Queryable,
  { key, number, organisation, person, namedChannel, channel, method, attempts }: Attempt,
  { links, driver, at }: Begins,
): Promise<Beginning> {
  const { rows } = await db.query<{ id: string | null; drives: boolean; thread: string | null }>({
    name: 'begin-delivery',
    text: `with driving as (select one from temporal_identity where namespace_id = $10),
      begun as (
        insert into deliveries (effect_key, number, organisation, person, named_channel, channel, method, attempt, started_at)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9 from driving
        where exists (select from effects where key = $1 and state in ('pending', 'started')) returning id),
      ${storingLinks('$11', 'begun')}
      select (select id from begun) as id, exists (select from driving) as drives,
        (select d.provider_id from deliveries d where d.number = $2 and d.channel = $6 and d.person is not distinct from $4
          and d.named_channel is not distinct from $5 and d.method is not distinct from $7 and d.provider_id is not null
          order by d.id limit 1) as thread`,
    values: [
      ...[key, number, organisation, person ?? null, namedChannel ?? null],
      ...[channel, method ?? null, attempts, toIso(at), driver, linksParameter(links)],
    ],
  });
  const [row] = rows;
  if (row?.drives !== true) return { kind: 'superseded' };
  const { id, thread } = row;
  return id === null ? { kind: 'unwanted' } : { kind: 'begun', id, thread: thread ?? undefined };
}

const LONGEST_DETAIL = 500;

/**
 * The receiver took the message: the attempt says so, and the message is done with all that it took along. A report that came before the receiver's
 * answer did is kept.
 * @param id of the attempt
 */
export async function finishSent(
  db: Queryable,
  id: string,
  key: string,
  taken: {
    readonly detail: string;
    readonly providerId?: string | undefined;
    readonly pending?: boolean;
  },
  at: Instant,
): Promise<void> {
  await db.query({
    name: 'finish-sent',
    text: `with accepted as (update deliveries
        set finished_at = $2, detail = $4, provider_id = $5, outcome = case when reported_at is null then $3 else outcome end where id = $1)
      update effects set state = 'done', finished_at = $2, lease_until = null, error = case when key = $6 then null else 'sent together with ' || $6 end
      where (key = $6 and state in ('pending', 'started', 'cancelling'))
        or (together_with = $6 and key <> $6 and state in ('pending', 'started'))`,
    values: [
      ...[id, toIso(at), taken.pending === true ? 'pending' : 'accepted'],
      ...[taken.detail.slice(0, LONGEST_DETAIL), taken.providerId ?? null, key],
    ],
  });
}

export async function failDelivery(
  db: Queryable,
  id: string,
  detail: string,
  at: Instant,
): Promise<void> {
  await db.query(
    `update deliveries set finished_at = $2, outcome = 'failed', detail = $3 where id = $1`,
    [id, toIso(at), detail.slice(0, LONGEST_DETAIL)],
  );
}

/** How many attempts at an effect failed so far. */
export async function failedAttempts(db: Queryable, effectKey: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from deliveries where effect_key = $1 and outcome = 'failed'`,
    [effectKey],
  );
  return rows[0]?.count ?? 0;
}

/** Notes what a provider reports of the last attempt at an effect. @returns false when nothing was sent, or the same was reported before */
export async function reportDelivery(
  db: Queryable,
  effectKey: string,
  outcome: 'delivered' | 'failed',
  report: string,
  at: Instant,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update deliveries set reported_at = $4, report = $3, outcome = $2
     where id = (select max(id) from deliveries where effect_key = $1) and (reported_at is null or outcome <> $2)`,
    [effectKey, outcome, report.slice(0, LONGEST_DETAIL), toIso(at)],
  );
  return rowCount === 1;
}

export async function deliveriesOf(db: Queryable, number: string): Promise<Delivery[]> {
  const { rows } = await db.query<
    Omit<Delivery, 'effectKey' | 'namedChannel' | 'startedAt' | 'finishedAt'> & {
      effect_key: string;
      named_channel: string | null;
      started_at: Date;
      finished_at: Date | null;
    }
  >(
    `select effect_key, person, named_channel, channel, method, attempt, started_at, finished_at, outcome, detail, report
     from deliveries where number = $1 order by id`,
    [number],
  );
  return rows.map(({ effect_key, named_channel, started_at, finished_at, ...row }) => ({
    ...row,
    effectKey: effect_key,
    namedChannel: named_channel,
    startedAt: started_at.getTime(),
    finishedAt: finished_at?.getTime() ?? null,
  }));
}
