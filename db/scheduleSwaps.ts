import type { Swap } from '../domain/onCall/swap.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface StoredSwap {
  readonly id: string;
  readonly schedule: string;
  readonly swap: Swap;
}

interface SwapRow {
  id: string;
  schedule: string;
  state: Swap['state'];
  by: string;
  to: string;
  asked_by: string;
  asked_at: Date;
  answered_at: Date | null;
  gives: Swap['gives'];
  takes: Swap['takes'];
}

const columns = 'id, schedule, state, by, "to", asked_by, asked_at, answered_at, gives, takes';

function toStored({ id, schedule, asked_by, asked_at, answered_at, ...row }: SwapRow): StoredSwap {
  const answeredAt = answered_at?.getTime() ?? null;
  return {
    id,
    schedule,
    swap: { ...row, askedBy: asked_by, askedAt: asked_at.getTime(), answeredAt },
  };
}

export async function findSwap(db: Queryable, id: string): Promise<StoredSwap | undefined> {
  const { rows } = await db.query<SwapRow>(`select ${columns} from schedule_swaps where id = $1`, [
    id,
  ]);
  return rows[0] && toStored(rows[0]);
}

/** The latest asked first. @param before the id of the last one of the page before */
export async function listSwaps(
  db: Queryable,
  schedule: string,
  limit: number,
  before?: string,
): Promise<readonly StoredSwap[]> {
  const { rows } = await db.query<SwapRow>(
    `select ${columns} from schedule_swaps
     where schedule = $1
       and ($3::text is null or (asked_at, id) < (select asked_at, id from schedule_swaps where id = $3))
     order by asked_at desc, id desc limit $2`,
    [schedule, limit, before ?? null],
  );
  return rows.map(toStored);
}

/** Stores a swap that is asked for. */
export async function addSwap(tx: Queryable, { id, schedule, swap }: StoredSwap): Promise<void> {
  await tx.query(
    `insert into schedule_swaps (id, schedule, state, by, "to", asked_by, asked_at, gives, takes)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb)`,
    [
      ...[id, schedule, swap.state, swap.by, swap.to, swap.askedBy, toIso(swap.askedAt)],
      ...[JSON.stringify(swap.gives), JSON.stringify(swap.takes)],
    ],
  );
}

/** Stores what became of a swap. */
export async function answerSwap(
  tx: Queryable,
  id: string,
  state: Swap['state'],
  at: Instant,
): Promise<void> {
  await tx.query('update schedule_swaps set state = $2, answered_at = $3 where id = $1', [
    id,
    state,
    toIso(at),
  ]);
}
