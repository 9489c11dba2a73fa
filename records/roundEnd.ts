import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { DomainEvent } from '../domain/process.ts';
import { toIsoSeconds } from '../domain/time.ts';

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
