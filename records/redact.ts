import { allTexts, eraseAnswers, eraseTexts, presentTexts } from '../db/erase.ts';
import { readEvents } from '../db/events.ts';
import type { Queryable } from '../db/pool.ts';
import type { Actor } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { AnyFields, RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import { textIdsIn } from './texts.ts';

function nothing(pointer: string, detail: string): Result<never> {
  return refuse({ kind: 'invalid', issues: [{ pointer, detail }] });
}

/**
 * The texts that a redaction means: those of the event `seq`, the one that the field `field` shows now, or `all` of the record.
 * Ids of texts that are erased already are not among them; when none is left that is the caller's error.
 */
export async function textsToErase(
  tx: Queryable,
  record: RecordState,
  { seq, field, all }: AnyFields,
): Promise<Result<readonly string[]>> {
  const { number } = record;
  if (all === true) {
    const ids = await allTexts(tx, number);
    return ids.length > 0 ? ok(ids) : nothing('/all', 'no text is left to erase');
  }
  if (typeof seq === 'number') {
    const [event] = await readEvents(tx, number, { after: seq - 1, upTo: seq });
    if (event === undefined) return nothing('/seq', `there is no event ${seq}`);
    const named = textIdsIn(event.data, event.change.fields);
    const ids = await presentTexts(tx, number, [...named]);
    return ids.length > 0 ? ok(ids) : nothing('/seq', `event ${seq} has no text, or none any more`);
  }
  const name = String(field);
  const value = Object.hasOwn(record.fields, name) ? record.fields[name] : undefined;
  const ids = await presentTexts(tx, number, [...textIdsIn(value)]);
  return ids.length > 0 ? ok(ids) : nothing('/field', `"${name}" has no text, or none any more`);
}

/** Erases what a redaction decided to, and notes it in the audit log; in the transaction that commits the redaction as an event. */
export async function erase(
  tx: Queryable,
  { number, seq }: RecordState,
  { texts, all }: AnyFields,
  actor: Pick<Actor, 'kind' | 'id'>,
  at: Instant,
): Promise<void> {
  const ids = texts as readonly string[];
  await eraseTexts(tx, number, ids, at);
  if (all === true) await eraseAnswers(tx, number);
  const data = { number, seq, texts: ids.length };
  await recordChange(tx, { kind: 'textsErased', actor: actorName(actor), at, data });
}
