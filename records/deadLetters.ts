import { dismissEffect, lockEffect, reviveEffect } from '../db/deadLetters.ts';
import type { LockedEffect } from '../db/deadLetters.ts';
import type { Queryable } from '../db/pool.ts';
import { wakeAnew } from '../db/wakes.ts';
import type { Actor } from '../domain/actor.ts';
import type { DomainError, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
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
class NotDone extends Error {
  readonly refusal: DomainError;

  constructor(refusal: DomainError) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

function noLetter(key: string): DomainError {
  return { kind: 'notFound', what: `the dead letter ${key}` };
}

function refused(detail: string): DomainError {
  return { kind: 'refused', detail, allowed: [] };
}

interface Deed {
  /** The command of its record that tells of it. */
  readonly command: 'sendAgain' | 'dismissDeadLetter';
  readonly input: object;
  /** Does it, in the transaction of the command. @returns why not, if so */
  readonly act: (
    tx: Queryable,
    letter: LockedEffect,
    record: RecordState,
  ) => Promise<DomainError | undefined>;
}

/** Does something with what was given up. @returns a refusal that says why not; then nothing has changed */
async function withDeadLetter(
  engine: Engine,
  key: string,
  { command, input, act }: Deed,
  asked: { readonly actor: Actor; readonly idempotencyKey?: string | undefined },
): Promise<Result<Committed>> {
  const number = /^[^/]+\/\d{1,9}\/\d{1,9}$/.test(key)
    ? parseRecordNumber(key.split('/')[0] ?? '')
    : undefined;
  if (number === undefined) return refuse(noLetter(key));
  const request = { ...asked, now: engine.clock() };
  try {
    return await inOneTransaction(engine, async (tx) => {
      const result = await commitIn(engine, tx, number, command, input, request);
      if (!result.ok || result.value.repeated) return result;
      const letter = await lockEffect(tx, number, key);
      if (letter === undefined) throw new NotDone(noLetter(key));
      const why =
        letter.state === 'dead'
          ? await act(tx, letter, result.value.record)
          : refused(`${key} is ${letter.state}: it was not given up`);
      if (why !== undefined) throw new NotDone(why);
      // What was done may be for the record's workflow, beside what the command asked for.
      return ok({ ...result.value, wakes: true });
    });
  } catch (error) {
    if (error instanceof NotDone) return refuse(error.refusal);
    throw error;
  }
}

/** Sends once more, under the same key, what was given up, if it is still wanted. The record keeps an event of who asked for it. */
export function sendAgain(
  engine: Engine,
  key: string,
  actor: Actor,
  idempotencyKey?: string,
): Promise<Result<Committed>> {
  const deed: Deed = {
    command: 'sendAgain',
    input: { effect: key },
    async act(tx, { during }, record) {
      const now = engine.clock();
      const ended = await endedBy(engine, tx, record, { key, during });
      if (during !== null && ended !== undefined) {
        return refused(`${key} is wanted no more: "${during}" ended with "${ended.type}"`);
      }
      await reviveEffect(tx, key, now + TRY_FOR);
      await wakeAnew(tx, [record.number]);
      return undefined;
    },
  };
  return withDeadLetter(engine, key, deed, { actor, idempotencyKey });
}

/**
 * Takes off the operators' list, and out of the count, what was given up and needs no more attention. The record keeps an event of who said so and
 * why; what became of the message stays in the ledger, and it may still be sent again.
 */
export function dismissDeadLetter(
  engine: Engine,
  key: string,
  reason: string,
  actor: Actor,
  idempotencyKey?: string,
): Promise<Result<Committed>> {
  const deed: Deed = {
    command: 'dismissDeadLetter',
    input: { effect: key, reason },
    async act(tx, { dismissed }) {
      if (dismissed) return refused(`${key} is dismissed already`);
      await dismissEffect(tx, key, engine.clock());
      return undefined;
    },
  };
  return withDeadLetter(engine, key, deed, { actor, idempotencyKey });
}
