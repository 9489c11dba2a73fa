import { findOccasion } from '../db/occasions.ts';
import type { MessageOfRecord } from '../db/occasions.ts';
import { seqOf } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { processOf } from '../records/engine.ts';
import { ERASED } from '../records/read.ts';
import type { ActivityDeps } from './deps.ts';
import type { Occasion } from './render.ts';

type Message = MessageOfRecord & {
  /** The effect's. */
  readonly key: string;
  /** Its name in the definition. */
  readonly message: string;
};

/**
 * What a message of a record is made of, as the record is now; whether it asks for an answer is left open.
 * @param now the record's time
 * @returns with the receiver's name of the first message of the record that took the same way
 * @throws Error when the message's record is not there
 */
export async function occasionOf(
  { engine, config: { publicUrl } }: Pick<ActivityDeps, 'engine' | 'config'>,
  asked: Message,
  policy: Policy,
  now: Instant,
): Promise<{ readonly occasion: Occasion; readonly thread: string | undefined }> {
  const { key, message } = asked;
  const found = await findOccasion(engine.pool, asked, seqOf(key));
  if (found === undefined) throw new Error(`${key} belongs to no record`);
  const { record, cause, thread } = found;
  const texts = new Map([...found.texts].map(([id, body]) => [id, body ?? ERASED]));
  const process = processOf(engine, record.process);
  const occasion = { key, message, record, process, policy, texts, cause, now, publicUrl };
  return { occasion, thread };
}
