import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { EffectState, StoredEffect } from './effects.ts';
import type { Queryable } from './pool.ts';

/** An effect that was given up: somebody was not reached. */
export interface DeadLetter {
  readonly key: string;
  readonly number: string;
  readonly kind: StoredEffect['kind'];
  readonly person: string | null;
  readonly channel: string | null;
  readonly message: string | null;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly gaveUpAt: Instant;
  /** What the receiver said last. */
  readonly error: string | null;
}

interface DeadRow extends Omit<DeadLetter, 'createdAt' | 'gaveUpAt'> {
  created_at: Date;
  finished_at: Date | null;
}

/** Effects that were given up and need somebody's attention, the oldest first. @param after the last one of the page before */
export async function listDeadLetters(
  db: Queryable,
  limit: number,
  after?: { readonly at: Instant; readonly id: string },
): Promise<DeadLetter[]> {
  const { rows } = await db.query<DeadRow>(
    `select key, number, kind, payload ->> 'person' as person, payload ->> 'channel' as channel, payload ->> 'message' as message,
       attempts, created_at, finished_at, error
     from effects where state = 'dead' and dismissed_at is null and ($2::timestamptz is null or (created_at, key) > ($2, $3))
     order by created_at, key limit $1`,
    [limit, after === undefined ? null : toIso(after.at), after?.id ?? null],
  );
  return rows.map(({ created_at, finished_at, ...row }) => ({
    ...row,
    createdAt: created_at.getTime(),
    gaveUpAt: (finished_at ?? created_at).getTime(),
  }));
}

export interface LockedEffect {
  readonly state: EffectState;
  readonly during: string | null;
  readonly dismissed: boolean;
}

/** An effect of a record, locked to the end of the transaction. The record must be locked before it. */
export async function lockEffect(
  tx: Queryable,
  number: string,
  key: string,
): Promise<LockedEffect | undefined> {
  const { rows } = await tx.query<LockedEffect>(
    'select state, during, dismissed_at is not null as dismissed from effects where key = $1 and number = $2 for update',
    [key, number],
  );
  return rows[0];
}

/** Opens an effect that was given up again, to be tried until `giveUpAt`. */
export async function reviveEffect(tx: Queryable, key: string, giveUpAt: Instant): Promise<void> {
  await tx.query(
    `update effects set state = 'pending', lease_until = null, finished_at = null, give_up_at = $2, error = null, dismissed_at = null, together_with = null
     where key = $1 and state = 'dead'`,
    [key, toIso(giveUpAt)],
  );
}

/** Takes an effect that was given up off the list: it stays what it is, and may still be opened again. */
export async function dismissEffect(tx: Queryable, key: string, at: Instant): Promise<void> {
  await tx.query(`update effects set dismissed_at = $2 where key = $1 and state = 'dead'`, [
    key,
    toIso(at),
  ]);
}
