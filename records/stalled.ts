import { findStalled, forgetFailure, noteFailure } from '../db/stalled.ts';
import { isUnavailable } from '../db/unavailable.ts';
import { wakeAnew } from '../db/wakes.ts';
import { inTransaction } from '../db/pool.ts';
import { findRecord } from '../db/records.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { parseRecordNumber } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { tick } from './commit.ts';
import type { Engine } from './engine.ts';

const LONGEST = 300;

/** A fault in words for operators. What a database or a parser says may quote values, so of theirs only the kind is kept. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return `${error.name} ${code}`.slice(0, LONGEST);
  if (error instanceof SyntaxError) return error.name;
  return `${error.name}: ${error.message}`.slice(0, LONGEST);
}

/**
 * Tries a stalled record again, here and now: what is due is committed, and its workflow looks again. When it fails still, nothing has changed.
 * For a record that works already there is nothing to do.
 * @returns a refusal that says why it fails still
 */
export async function retryStalled(
  engine: Engine,
  number: string,
  now: Instant,
): Promise<Result<{ readonly number: string }>> {
  if ((await findStalled(engine.pool, number)) === undefined) {
    const known = parseRecordNumber(number) && (await findRecord(engine.pool, number));
    return known === undefined
      ? refuse({ kind: 'notFound', what: `record ${number}` })
      : ok({ number });
  }
  try {
    await tick(engine, number, now);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    const why = describeFault(error);
    await noteFailure(engine.pool, number, 'tick', why, now);
    return refuse({ kind: 'refused', detail: `${number} fails still: ${why}`, allowed: [] });
  }
  await inTransaction(engine.pool, async (tx) => {
    await wakeAnew(tx, [number]);
    await forgetFailure(tx, number);
  });
  engine.onWake();
  return ok({ number });
}
