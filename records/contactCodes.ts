import { randomInt } from 'node:crypto';
import { findMethod, keepCode, tryCode } from '../db/contactMethods.ts';
import type { ContactMethod } from '../db/contactMethods.ts';
import { inTransaction } from '../db/pool.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { MINUTE } from '../domain/time.ts';
import { actorName } from './auditLog.ts';
import {
  managedMethod,
  noMethod,
  ownMethod,
  recordMethodChange,
  writtenInPolicy,
} from './contactMethods.ts';
import type { PersonMethod } from './contactMethods.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking } from './once.ts';
import { makeRoom, withinLimits } from './sendingLimits.ts';
import type { Limited } from './sendingLimits.ts';
import { sign } from './signing.ts';

/** A code that was sent is good for so long. */
export const CODE_LASTS = 10 * MINUTE;
const MOST_ATTEMPTS = 5;

/** How a code is kept and compared: it is short, so that a hash alone could be reversed by trying all. */
function codeHash(secret: string, method: string, code: string): Buffer {
  return sign(secret, `contact-code:${method}:${code}`);
}

/** What became of asking for a code or a test page. The id is for `finishSending` and `findSending`. */
export type AskedSending =
  | Limited
  /** It is to be sent now. `code`: six digits; undefined for a test page. */
  | {
      readonly kind: 'new';
      readonly id: string;
      readonly method: PersonMethod;
      readonly code: string | undefined;
    }
  /** An earlier request with the same Idempotency-Key sent it. */
  | { readonly kind: 'repeated'; readonly id: string; readonly method: PersonMethod };

/**
 * Makes room for one code or test page to a person's method, within the limits, and a new code that voids the one before. Send it after this.
 * @param secret PROVISOR_SECRET
 */
export async function askSending(
  engine: Engine,
  secret: string,
  { purpose, person, method: id }: { purpose: 'code' | 'test'; person: string; method: string },
  asking: Asking,
): Promise<Result<AskedSending>> {
  const { actor, now } = asking;
  const code = purpose === 'code' ? String(randomInt(1_000_000)).padStart(6, '0') : undefined;
  const what = `send a ${purpose} to others`;
  return withinLimits(() =>
    inTransaction(engine.pool, async (tx) => {
      const found = await managedMethod(engine, tx, person, id, actor, what);
      if (!found.ok) return found;
      const method = found.value;
      if (code !== undefined && method.source === 'policy') return refuse(writtenInPolicy);
      const made = await once(tx, asking, { send: purpose, person, id }, async () => {
        if (code !== undefined) {
          await keepCode(tx, id, codeHash(secret, id, code), now, now + CODE_LASTS);
        }
        const { kind, address } = method;
        return ok(await makeRoom(tx, { purpose, person, kind, address }, now));
      });
      if (!made.ok) return made;
      const sending = { id: made.value.id, method };
      return ok(
        made.value.repeated
          ? { kind: 'repeated' as const, ...sending }
          : { kind: 'new' as const, ...sending, code },
      );
    }),
  );
}

/**
 * Verifies a person's method with the code that was sent to it. Each attempt counts.
 * @returns the method as it is then
 */
export function verifyContactMethod(
  engine: Engine,
  secret: string,
  { person, method: id, code }: { person: string; method: string; code: string },
  { actor, now }: Asking,
): Promise<Result<ContactMethod>> {
  return inTransaction(engine.pool, async (tx) => {
    const found = await ownMethod(engine, tx, person, id, actor, 'verify a method of others');
    if (!found.ok) return found;
    const tried = await tryCode(tx, id, codeHash(secret, id, code), now, MOST_ATTEMPTS);
    if (tried.kind === 'verified') {
      await recordMethodChange(tx, 'contactMethodVerified', found.value, actorName(actor), now);
      const verified = await findMethod(tx, id);
      return verified === undefined ? refuse(noMethod) : ok(verified);
    }
    if (tried.kind === 'wrong') {
      const more = tried.left === 0 ? 'ask for a new one' : `${tried.left} more attempts`;
      const detail = `is not the code that was sent last: ${more}`;
      return refuse({ kind: 'invalid', issues: [{ pointer: '/code', detail }] });
    }
    // A repeat of the request that verified it.
    const { verifiedAt, disabledAt } = found.value;
    if (verifiedAt !== null && disabledAt === null) return found;
    const detail = 'no code is out, or its 10 minutes or 5 attempts are over: ask for a new one';
    return refuse({ kind: 'refused', detail, allowed: [] });
  });
}
