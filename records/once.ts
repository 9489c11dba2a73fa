import { createHash } from 'node:crypto';
import { findCommand, storeCommand } from '../db/commands.ts';
import type { Queryable } from '../db/pool.ts';
import type { Actor } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { actorName } from './auditLog.ts';
import { canonical } from './canonical.ts';

/** Who asks for something of a resource that is no record, when, and under which key of theirs. */
export interface Asking {
  readonly actor: Actor;
  readonly now: Instant;
  /** The same key again gets the same answer. */
  readonly idempotencyKey?: string | undefined;
}

/** What was made: its id, and whether an earlier request with the same key made it. */
export interface Made {
  readonly id: string;
  readonly repeated: boolean;
}

/** An answer to a key is kept among those of commands: its number is the id of what was made. */
const ANSWER = 'made/';

/**
 * Makes something once for a caller's Idempotency-Key, in the caller's transaction. Refuses with `keyReused` a key that stood for another
 * request. A refusal of `make` is not kept.
 * @param request what makes two requests the same: what is asked for, and all that was sent
 * @param make makes it. @returns its id
 */
export async function once(
  tx: Queryable,
  { actor, now, idempotencyKey: key }: Asking,
  request: unknown,
  make: () => Promise<Result<string>>,
): Promise<Result<Made>> {
  if (key === undefined) return madeBy(await make());
  const by = actorName(actor);
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`once ${by} ${key}`]);
  const bodyHash = createHash('sha256').update(canonical(request)).digest();
  const stored = await findCommand(tx, by, key);
  if (stored !== undefined) {
    if (!stored.bodyHash.equals(bodyHash)) return refuse({ kind: 'keyReused', key });
    return ok({ id: stored.number.slice(ANSWER.length), repeated: true });
  }
  const made = madeBy(await make());
  if (made.ok) {
    const answer = { bodyHash, number: `${ANSWER}${made.value.id}`, seq: 1 };
    await storeCommand(tx, by, key, answer, now);
  }
  return made;
}

function madeBy(result: Result<string>): Result<Made> {
  return result.ok ? ok({ id: result.value, repeated: false }) : result;
}
