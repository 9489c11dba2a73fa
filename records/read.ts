import { effectsOf } from '../db/effects.ts';
import type { EffectSummary } from '../db/effects.ts';
import { readEvents } from '../db/events.ts';
import type { StoredEvent } from '../db/events.ts';
import { findRecord, listRecords } from '../db/records.ts';
import type { ListQuery } from '../db/records.ts';
import { readTexts } from '../db/texts.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { RecordState } from '../domain/process.ts';
import { maySee } from './commit.ts';
import type { Engine } from './engine.ts';

/** A free text that was erased, where it is shown. */
export const ERASED = '[erased]';

const TEXT_ID = /^[0-9a-f]{64}$/;

function idsIn(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (TEXT_ID.test(value)) found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) idsIn(part, found);
  }
}

/** The texts behind the ids anywhere in these values. */
export async function textsOf(engine: Engine, ...values: readonly unknown[]): Promise<Map<string, string>> {
  const ids = new Set<string>();
  for (const value of values) idsIn(value, ids);
  const texts = await readTexts(engine.pool, [...ids]);
  for (const id of ids) if (!texts.has(id)) texts.set(id, ERASED);
  return texts;
}

/** One record, if it is there for this actor. */
export async function getRecord(engine: Engine, number: string, actor: Actor): Promise<Result<RecordState>> {
  const record = await findRecord(engine.pool, number);
  if (record === undefined || !maySee(record, actor)) return refuse({ kind: 'notFound', what: `record ${number}` });
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

/** A record's events in order; people who only ask do not see internal comments nor whom else was paged. */
export async function getEvents(
  engine: Engine,
  number: string,
  actor: Actor,
  page: { after?: number; limit?: number } = {},
): Promise<Result<StoredEvent[]>> {
  const record = await getRecord(engine, number, actor);
  if (!record.ok) return record;
  const events = await readEvents(engine.pool, number, page);
  if (!seesOnlyOwn(actor)) return ok(events);
  const hidden = new Set(['paged', 'escalationExhausted', 'alertsChanged']);
  return ok(events.filter(({ type, data }) => !hidden.has(type) && data['visibility'] !== 'internal'));
}

/** What was done outside for a record, and what is still to do. */
export function getEffects(engine: Engine, number: string): Promise<EffectSummary[]> {
  return effectsOf(engine.pool, number);
}
