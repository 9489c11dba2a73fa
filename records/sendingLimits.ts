import { noteSending, sentLately } from '../db/contactSendings.ts';
import type { Sending } from '../db/contactSendings.ts';
import type { Queryable } from '../db/pool.ts';
import { ok } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { HOUR, MINUTE } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';

/** Of one purpose to one address, whoever has it among their methods. */
const LEAST_APART = MINUTE;
const MOST_AN_HOUR = 5;
/** Of one purpose to all addresses of one person. */
const MOST_OF_PERSON_AN_HOUR = 20;

/** Enough was sent: not before `until`. */
export interface Limited {
  readonly kind: 'limited';
  readonly until: Instant;
}

/** The limit rolls the transaction back: nothing is kept of the request. */
class TooMany extends Error {
  readonly until: Instant;

  constructor(until: Instant) {
    super('too many');
    this.until = until;
  }
}

/** Until when nothing more may be sent. */
async function limitOf(
  tx: Queryable,
  sending: Sending,
  now: Instant,
): Promise<Instant | undefined> {
  // Requests of the same address wait for each other, or all of them would find room.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `contact ${sending.address}`,
  ]);
  const { toAddress, toPerson } = await sentLately(tx, sending, now - HOUR);
  const [last] = toAddress;
  if (last !== undefined && last + LEAST_APART > now) return last + LEAST_APART;
  const oldest = toAddress.at(-1) ?? now;
  if (toAddress.length >= MOST_AN_HOUR) return oldest + HOUR;
  return toPerson >= MOST_OF_PERSON_AN_HOUR ? now + HOUR : undefined;
}

/**
 * Makes room for a code or a test page. In a transaction within `withinLimits`. @returns its id
 * @throws what `withinLimits` turns into `Limited`
 */
export async function makeRoom(tx: Queryable, sending: Sending, now: Instant): Promise<string> {
  const until = await limitOf(tx, sending, now);
  if (until !== undefined) throw new TooMany(until);
  return noteSending(tx, sending, now);
}

/** Answers `Limited` when `work`, a whole transaction, came to a limit. */
export async function withinLimits<T>(
  work: () => Promise<Result<T>>,
): Promise<Result<T | Limited>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TooMany) return ok({ kind: 'limited', until: error.until });
    throw error;
  }
}
