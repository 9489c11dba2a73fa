import { effectsOf } from '../db/effects.ts';
import type { EffectSummary } from '../db/effects.ts';
import type { StoredEvent } from '../db/events.ts';
import { findRecord, listRecords } from '../db/records.ts';
import type { ListQuery } from '../db/records.ts';
import { readTexts } from '../db/texts.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { Process, RecordState } from '../domain/process.ts';
import { maySee } from './request.ts';
import type { Engine } from './engine.ts';
import { textIdsIn } from './texts.ts';

/** A free text that was erased, where it is shown. */
export const ERASED = '[erased]';

/** Free texts by id: null for one that was erased. */
export type KnownTexts = ReadonlyMap<string, string | null>;

/**
 * The texts of these records behind the ids anywhere in these values. What only looks like an id (a container's digest as an item's name) is not in it.
 * @param known texts of these records, which are not read again
 */
export async function textsBeside(
  engine: Engine,
  known: KnownTexts,
  numbers: readonly string[],
  ...values: readonly unknown[]
): Promise<Map<string, string>> {
  const ids = [...textIdsIn(...values)];
  const read = await readTexts(
    engine.pool,
    numbers,
    ids.filter((id) => !known.has(id)),
  );
  const found = new Map<string, string>();
  for (const id of ids) {
    const body = known.has(id) ? known.get(id) : read.get(id);
    if (body !== undefined) found.set(id, body ?? ERASED);
  }
  return found;
}

/** The texts of these records behind the ids anywhere in these values. */
export function textsOf(
  engine: Engine,
  numbers: readonly string[],
  ...values: readonly unknown[]
): Promise<Map<string, string>> {
  return textsBeside(engine, new Map(), numbers, ...values);
}

/** One record, if it is there for this actor. */
export async function getRecord(
  engine: Engine,
  number: string,
  actor: Actor,
): Promise<Result<RecordState>> {
  const record = await findRecord(engine.pool, number);
  if (record === undefined || !maySee(record, actor))
    return refuse({ kind: 'notFound', what: `record ${number}` });
  return ok(record);
}

/** A page of the records that this actor may see. */
export function findRecords(
  engine: Engine,
  query: Omit<ListQuery, 'organisation' | 'requester'>,
  actor: Actor,
): Promise<RecordState[]> {
  const own = seesOnlyOwn(actor) ? { organisation: actor.organisation, requester: actor.id } : {};
  return listRecords(engine.pool, { ...query, ...own });
}

/** Whether an event is for this reader: people who only ask see what the process names for them, and nothing that is internal. */
export function isShownTo(process: Process, { type, data }: StoredEvent, actor: Actor): boolean {
  if (!seesOnlyOwn(actor)) return true;
  return Object.hasOwn(process.requesters.events, type) && data['visibility'] !== 'internal';
}

/** An event as this reader may see it. @param policy that decided the event */
export function eventFor(
  process: Process,
  event: StoredEvent,
  actor: Actor,
  policy: Policy,
): StoredEvent {
  if (!seesOnlyOwn(actor)) return event;
  const named = process.requesters.events[event.type] ?? [];
  const shown = typeof named === 'function' ? named(event.data, policy) : named;
  const parts = Object.entries(event.data).filter(([name]) => shown.includes(name));
  return { ...event, data: Object.fromEntries(parts) };
}

/** What was done outside for a record, and what is still to do. */
export function getEffects(engine: Engine, number: string): Promise<EffectSummary[]> {
  return effectsOf(engine.pool, number);
}
