import { readEvents } from '../db/events.ts';
import { findRecord } from '../db/records.ts';
import { seqOf } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { processOf } from '../records/engine.ts';
import { textsOf } from '../records/read.ts';
import type { ActivityDeps } from './deps.ts';
import type { Occasion } from './render.ts';

/**
 * What a message of a record is made of, as the record is now; whether it asks for an answer is left open.
 * @param now the record's time
 * @throws Error when the message's record is not there
 */
export async function occasionOf(
  { engine, config: { publicUrl } }: Pick<ActivityDeps, 'engine' | 'config'>,
  {
    key,
    number,
    message,
  }: { readonly key: string; readonly number: string; readonly message: string },
  policy: Policy,
  now: Instant,
): Promise<Occasion> {
  const record = await findRecord(engine.pool, number);
  if (record === undefined) throw new Error(`${key} belongs to no record`);
  const seq = seqOf(key);
  const [cause] = await readEvents(engine.pool, number, { after: seq - 1, upTo: seq });
  const texts = await textsOf(engine, [record.number], record.fields['title'], cause?.data);
  const process = processOf(engine, record.process);
  return { key, message, record, process, policy, texts, cause, now, publicUrl };
}
