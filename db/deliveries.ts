import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface Attempt {
  readonly effectKey: string;
  readonly number: string;
  readonly organisation: string;
  readonly person: string;
  readonly channel: string;
  readonly attempt: number;
}

export interface Delivery extends Omit<Attempt, 'number' | 'organisation'> {
  readonly startedAt: Instant;
  /** Null while it is under way, or when the worker died in it: whether it arrived is not known, and the next attempt carries the same key. */
  readonly finishedAt: Instant | null;
  readonly outcome: 'accepted' | 'failed' | null;
  readonly detail: string | null;
}

/** Notes an attempt before it is made; the id is for `finishDelivery`. */
export async function startDelivery(db: Queryable, attempt: Attempt, at: Instant): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into deliveries (effect_key, number, organisation, person, channel, attempt, started_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [
      attempt.effectKey,
      attempt.number,
      attempt.organisation,
      attempt.person,
      attempt.channel,
      attempt.attempt,
      toIso(at),
    ],
  );
  return rows[0]?.id ?? '';
}

export async function finishDelivery(
  db: Queryable,
  id: string,
  outcome: 'accepted' | 'failed',
  detail: string,
  at: Instant,
): Promise<void> {
  await db.query(
    'update deliveries set finished_at = $2, outcome = $3, detail = $4 where id = $1',
    [id, toIso(at), outcome, detail.slice(0, 500)],
  );
}

export async function deliveriesOf(db: Queryable, number: string): Promise<Delivery[]> {
  const { rows } = await db.query<{
    effect_key: string;
    person: string;
    channel: string;
    attempt: number;
    started_at: Date;
    finished_at: Date | null;
    outcome: Delivery['outcome'];
    detail: string | null;
  }>(
    `select effect_key, person, channel, attempt, started_at, finished_at, outcome, detail
     from deliveries where number = $1 order by id`,
    [number],
  );
  return rows.map(({ effect_key, started_at, finished_at, ...row }) => ({
    ...row,
    effectKey: effect_key,
    startedAt: started_at.getTime(),
    finishedAt: finished_at?.getTime() ?? null,
  }));
}
