import { findOccasion } from '../db/occasions.ts';
import { seqOf } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { processOf } from '../records/engine.ts';
import { ERASED } from '../records/read.ts';
import type { MadeOf } from '../records/request.ts';
import type { ActivityDeps } from './deps.ts';
import type { Occasion } from './render.ts';

/** A message of a record. */
interface Message {
  /** The effect's. */
  readonly key: string;
  readonly number: string;
  /** Its name in the definition. */
  readonly message: string;
}

/**
 * What a message of a record is made of, as the record is now; whether it asks for an answer is left open.
 * @param now the record's time
 * @param madeOf what was just committed: then nothing is read
 * @throws Error when the message's record is not there
 */
export async function occasionOf(
  { engine, config: { publicUrl } }: Pick<ActivityDeps, 'engine' | 'config'>,
  { key, number, message }: Message,
  policy: Policy,
  now: Instant,
  madeOf?: MadeOf,
): Promise<Occasion> {
  const seq = seqOf(key);
  const found = madeOf
    ? { ...madeOf, cause: madeOf.events.find((event) => event.seq === seq) }
    : await findOccasion(engine.pool, number, seq);
  if (found === undefined) throw new Error(`${key} belongs to no record`);
  const { record, cause } = found;
  const texts = new Map([...found.texts].map(([id, body]) => [id, body ?? ERASED]));
  const process = processOf(engine, record.process);
  return { key, message, record, process, policy, texts, cause, now, publicUrl };
}
