import type { Delivery } from '../db/deliveries.ts';
import { deliveriesOf } from '../db/deliveries.ts';
import type { EffectSummary } from '../db/effects.ts';
import type { StoredEvent } from '../db/events.ts';
import { readEvents } from '../db/events.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import { seqOf } from '../domain/ids.ts';
import { toIso } from '../domain/time.ts';
import type { Process, Reason, RecordState } from '../domain/process.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { clockChanges, deadlineSentence } from './explainDeadline.ts';
import type { ClockChanges } from './explainDeadline.ts';
import type { Explanation } from './explanation.ts';
import { pageExplanations } from './explainPage.ts';
import { ofPolicy } from './ofPolicy.ts';
import { getEffects } from './read.ts';

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `Priority 1: impact 1 × urgency 1 in priority.matrix.0.0 of policy ab12…`. */
function fieldSentence(reason: Reason, event: StoredEvent): string {
  const facts = Object.entries(reason.facts).map(([name, value]) => `${name} ${String(value)}`);
  return `${capital(reason.of)} ${String(reason.result)}: ${facts.join(' × ')} in ${reason.rule} of ${ofPolicy(event)}`;
}

function reasonExplanation(
  process: Process,
  reason: Reason,
  event: StoredEvent,
  changes: ClockChanges,
): Omit<Explanation, 'current'> {
  const isClock = Object.hasOwn(process.clocks, reason.of);
  return {
    about: reason.of,
    kind: isClock ? 'deadline' : 'field',
    sentence: isClock
      ? deadlineSentence(process, reason, event, changes)
      : fieldSentence(reason, event),
    at: event.at,
    seq: event.seq,
    rule: reason.rule,
    facts: reason.facts,
    result: isClock && typeof reason.result === 'number' ? toIso(reason.result) : reason.result,
    policy: event.policy,
    version: event.version,
  };
}

/** All explanations of a record, in the order in which things were decided. Pure. */
export function explainEvents(
  process: Process,
  events: readonly StoredEvent[],
  effects: readonly EffectSummary[],
  deliveries: readonly Delivery[],
): Explanation[] {
  const last = new Map<string, number>();
  for (const { seq, reasons } of events) for (const { of } of reasons) last.set(of, seq);
  const changes = clockChanges(events);
  const pages = effects.filter(({ kind }) => kind === 'notification');
  const pagesBySeq = groupBy(pages, ({ key }) => seqOf(key));
  const attempts = groupBy(deliveries, ({ effectKey }) => effectKey);
  return events.flatMap((event) => [
    ...event.reasons.map((reason) => ({
      ...reasonExplanation(process, reason, event, changes),
      current: last.get(reason.of) === event.seq,
    })),
    ...pageExplanations(event, pagesBySeq.get(event.seq) ?? [], attempts),
  ]);
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Explanations under a policy that this version cannot read say so: what its rules were is not known here. */
async function tellUnreadable(
  engine: Engine,
  explanations: readonly Explanation[],
): Promise<Explanation[]> {
  const unreadable = new Set<string>();
  for (const hash of new Set(explanations.map(({ policy }) => policy))) {
    const { hash: read } = await engine.policies.former(engine.pool, hash);
    if (read !== hash) unreadable.add(hash);
  }
  return explanations.map((explanation) =>
    unreadable.has(explanation.policy)
      ? {
          ...explanation,
          sentence: `${explanation.sentence}; this version cannot read that policy`,
        }
      : explanation,
  );
}

/** Why a record's priority, its deadlines and its pages came out as they did. People who only ask learn of the fields that they see: no goals, no pages. */
export async function explain(
  engine: Engine,
  record: RecordState,
  actor: Actor,
): Promise<Explanation[]> {
  const process = processOf(engine, record.process);
  const events = await readEvents(engine.pool, record.number);
  if (seesOnlyOwn(actor)) {
    const fields = explainEvents(process, events, [], []).filter(({ kind }) => kind === 'field');
    const shown = fields.filter(({ about }) => process.requesters.fields.includes(about));
    return tellUnreadable(engine, shown);
  }
  const effects = await getEffects(engine, record.number);
  const deliveries = await deliveriesOf(engine.pool, record.number);
  return tellUnreadable(engine, explainEvents(process, events, effects, deliveries));
}
