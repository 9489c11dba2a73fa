import { readEvents } from '../db/events.ts';
import type { Queryable } from '../db/pool.ts';
import { consequences } from '../domain/effects.ts';
import { evolve, fold } from '../domain/evolve.ts';
import { seqOf } from '../domain/ids.ts';
import type { DomainEvent, RecordState } from '../domain/process.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';

/** An effect and the `during` reaction that it belongs to, if any. */
export interface Wanted {
  readonly key: string;
  readonly during: string | null;
}

/**
 * The event with which an effect ceased to be wanted: its reaction ended then, even if the same one began anew since. Undefined while
 * the reaction holds without a break, and for an effect that belongs to none.
 */
export async function endedBy(
  engine: Engine,
  tx: Queryable,
  record: RecordState,
  { key, during }: Wanted,
): Promise<DomainEvent | undefined> {
  if (during === null) return undefined;
  const process = processOf(engine, record.process);
  const policy = await engine.policies.active(tx);
  const events = await readEvents(tx, record.number);
  const seq = seqOf(key);
  let before = fold(record, events.slice(0, seq));
  for (const event of events.slice(seq)) {
    if (before === undefined) return undefined;
    const after = evolve(before, event);
    const { ended } = consequences(process, [{ event, before, after }], policy);
    if (ended.includes(during)) return event;
    before = after;
  }
  return undefined;
}
