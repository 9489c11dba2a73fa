import { findPage } from '../db/pageAnswers.ts';
import { findRecord } from '../db/records.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { DomainEvent } from '../domain/process.ts';
import { toIsoSeconds } from '../domain/time.ts';
import { endedBy } from './endedBy.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { textsOf } from './read.ts';

/** What the events with which people end a round of pages say. */
const said = new Map([
  ['acknowledged', 'Acknowledged'],
  ['snoozed', 'Snoozed'],
  ['started', 'Work has begun'],
  ['resolved', 'Resolved'],
  ['cancelled', 'Cancelled'],
]);

/**
 * How a round of pages ended, for the messages that asked for an answer: `Acknowledged by Ann, 2026-03-29T01:04:00Z.`
 * @param end the event with which it ended
 */
export function roundEndInWords(
  { type, actor, at }: Pick<DomainEvent, 'type' | 'actor' | 'at'>,
  policy: Policy,
): string {
  const by =
    actor.kind === 'person' ? ` by ${entry(policy.body.people, actor.id)?.name ?? actor.id}` : '';
  return `${said.get(type) ?? 'Over'}${by}, ${toIsoSeconds(at)}.`;
}

/** A page whose round is over, in words. */
export interface EndedPage {
  readonly effectKey: string;
  readonly number: string;
  /** The API's resource: `incidents`. */
  readonly plural: string;
  readonly title: string;
  /** How it ended: see `roundEndInWords`. */
  readonly says: string;
}

/** A page that asks for no answer any more; undefined while its round goes on, and for what is no page. */
export async function endedPageOf(
  engine: Engine,
  effectKey: string,
): Promise<EndedPage | undefined> {
  const { pool } = engine;
  const page = await findPage(pool, effectKey);
  const record = page && (await findRecord(pool, page.number));
  if (record === undefined || page === undefined) return undefined;
  const end = await endedBy(engine, pool, record, { key: effectKey, during: page.during });
  if (end === undefined) return undefined;
  const policy = await engine.policies.active(pool);
  const texts = await textsOf(engine, [record.number], record.fields['title']);
  return {
    effectKey,
    number: record.number,
    plural: processOf(engine, record.process).plural,
    title: texts.get(String(record.fields['title'])) ?? record.number,
    says: roundEndInWords(end, policy),
  };
}
