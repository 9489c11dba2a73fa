import { lockEffect, reviveEffect } from '../db/deadLetters.ts';
import type { LockedEffect } from '../db/deadLetters.ts';
import type { Queryable } from '../db/pool.ts';
import { wakeAnew } from '../db/wakes.ts';
import type { Actor } from '../domain/actor.ts';
import type { DomainError, Result } from '../domain/errors.ts';
import { refuse } from '../domain/errors.ts';
import { parseRecordNumber } from '../domain/ids.ts';
import type { RecordState } from '../domain/process.ts';
import { HOUR } from '../domain/time.ts';
import { commitIn, inOneTransaction } from './commit.ts';
import type { Committed } from './request.ts';
import { endedBy } from './endedBy.ts';
import type { Engine } from './engine.ts';

/** For how long it is tried this time. */
const TRY_FOR = 6 * HOUR;

/** The refusal that rolls the transaction back. */
class NotAgain extends Error {
  readonly refusal: DomainError;

  constructor(refusal: DomainError) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

async function whyNot(
  engine: Engine,
  tx: Queryable,
  record: RecordState,
  key: string,
  effect: LockedEffect | undefined,
): Promise<DomainError | undefined> {
  if (effect === undefined) return { kind: 'notFound', what: `the dead letter ${key}` };
  const refused = (detail: string): DomainError => ({ kind: 'refused', detail, allowed: [] });
  if (effect.state !== 'dead') {
    return refused(`${key} is ${effect.state}: only what was given up is sent again`);
  }
  const { during } = effect;
  const ended = await endedBy(engine, tx, record, { key, during });
  if (during === null || ended === undefined) return undefined;
  return refused(`${key} is wanted no more: "${during}" ended with "${ended.type}"`);
}

/**
 * Sends once more, under the same key, what was given up, if it is still wanted. The record keeps an event of who asked for it.
 * @returns a refusal that says why not; then nothing has changed
 */
export async function sendAgain(
  engine: Engine,
  key: string,
  actor: Actor,
  idempotencyKey?: string,
): Promise<Result<Committed>> {
  const number = /^[^/]+\/\d{1,9}\/\d{1,9}$/.test(key)
    ? parseRecordNumber(key.split('/')[0] ?? '')
    : undefined;
  if (number === undefined) return refuse({ kind: 'notFound', what: `the dead letter ${key}` });
  const now = engine.clock();
  const request = { actor, now, idempotencyKey };
  try {
    return await inOneTransaction(engine, async (tx) => {
      const result = await commitIn(engine, tx, number, 'sendAgain', { effect: key }, request);
      if (!result.ok || result.value.repeated) return result;
      const { record } = result.value;
      const why = await whyNot(engine, tx, record, key, await lockEffect(tx, number, key));
      if (why !== undefined) throw new NotAgain(why);
      await reviveEffect(tx, key, now + TRY_FOR);
      await wakeAnew(tx, [number], now);
      return result;
    });
  } catch (error) {
    if (error instanceof NotAgain) return refuse(error.refusal);
    throw error;
  }
}
