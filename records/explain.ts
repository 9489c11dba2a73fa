import type { Delivery } from '../db/deliveries.ts';
import { deliveriesOf } from '../db/deliveries.ts';
import type { EffectSummary } from '../db/effects.ts';
import type { StoredEvent } from '../db/events.ts';
import { readEvents } from '../db/events.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import type { Clock } from '../domain/clock.ts';
import { formatDuration, toIso } from '../domain/time.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import type { AnyFields, Process, Reason, RecordState } from '../domain/process.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { getEffects } from './read.ts';
import { escalationStep } from './summaries.ts';

/** Why one thing came out as it did: the rule, the facts it looked at, the result, and all of it in a sentence. */
export interface Explanation {
  readonly about: string;
  readonly kind: 'field' | 'deadline' | 'page';
  readonly sentence: string;
  readonly at: Instant;
  /** The event that decided it. */
  readonly seq: number;
  readonly rule: string;
  readonly facts: AnyFields;
  readonly result: unknown;
  readonly policy: string;
  readonly version: number;
  /** False when a later event decided it anew. */
  readonly current: boolean;
}

const SHORT_HASH = 8;

function ofPolicy(event: StoredEvent): string {
  return `policy ${event.policy.slice(0, SHORT_HASH)}…, definition ${event.version}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `Priority 1: impact 1 × urgency 1 in priority.matrix.0.0 of policy ab12…`. */
function fieldSentence(reason: Reason, event: StoredEvent): string {
  const facts = Object.entries(reason.facts).map(([name, value]) => `${name} ${String(value)}`);
  return `${capital(reason.of)} ${String(reason.result)}: ${facts.join(' × ')} in ${reason.rule} of ${ofPolicy(event)}`;
}

/** The command that became an event of this type, with its reason when it is a name: `hold customer`. */
function causeOf(process: Process, event: StoredEvent | undefined): string {
  if (event === undefined) return 'a change';
  const named = Object.entries(process.commands).find(
    ([, command]) => command.event === event.type,
  );
  const cause = named?.[0] ?? event.type;
  const { reason } = event.data;
  const isText = typeof reason !== 'string' || /^[0-9a-f]{64}$/.test(reason);
  return isText ? cause : `${cause} ${reason}`;
}

/** The stretches in which a clock stood still until it ran again, and why. */
function pauses(
  process: Process,
  clock: Clock,
  events: readonly StoredEvent[],
  name: string,
): string[] {
  return clock.segments.slice(1).flatMap((segment, index) => {
    const from = clock.segments[index]?.to;
    if (from === null || from === undefined) return [];
    const cause = events.find(
      ({ at, change }) => at === from && change.clocks?.[name] !== undefined,
    );
    return [`paused ${formatDuration(segment.from - from)} for ${causeOf(process, cause)}`];
  });
}

function deadlineSentence(
  process: Process,
  reason: Reason,
  event: StoredEvent,
  events: readonly StoredEvent[],
): string {
  const clock = event.change.clocks?.[reason.of];
  const { within, calendar } = reason.facts as { within: Milliseconds; calendar: string };
  const target = `${formatDuration(within)} on calendar ${calendar} (${reason.rule} of ${ofPolicy(event)})`;
  const stood = clock === undefined ? [] : pauses(process, clock, events, reason.of);
  const parts = [target, ...stood].join(', ');
  if (typeof reason.result !== 'number') {
    return `${reason.of} has no deadline while it is paused for ${causeOf(process, event)}: ${parts}`;
  }
  return `${reason.of} due ${toIso(reason.result)}: ${parts}`;
}

function outcomeOf(effect: EffectSummary, delivery: Delivery | undefined): string {
  if (delivery?.outcome === 'accepted') return `accepted: ${delivery.detail ?? ''}`;
  if (delivery?.outcome === 'failed') return `failed: ${delivery.detail ?? ''}`;
  if (delivery !== undefined)
    return 'under way, or its worker ended in it: whether it arrived is not known';
  switch (effect.state) {
    case 'pending':
    case 'started':
      return 'not sent yet';
    case 'cancelling':
    case 'cancelled':
      return 'not sent: it was no longer wanted';
    case 'dead':
      return `given up: ${effect.error ?? 'no attempt succeeded in time'}`;
    case 'done':
      return 'done';
  }
}

function whyPaged(event: StoredEvent): string {
  const step = escalationStep(event.data['rule']);
  if (step === undefined) return `because of ${event.type}`;
  const round = Number(event.data['round']) + 1;
  return `step ${step.step + 1} of escalation ${step.escalation}, round ${round}`;
}

/** One explanation an attempt to reach somebody, or one for an effect that made none. */
function pageExplanations(
  event: StoredEvent,
  effects: readonly EffectSummary[],
  deliveries: readonly Delivery[],
): Explanation[] {
  const own = effects.filter(
    ({ key, kind }) => kind === 'notification' && seqOf(key) === event.seq,
  );
  return own.flatMap((effect) => {
    const made = deliveries.filter(({ effectKey }) => effectKey === effect.key);
    return (made.length > 0 ? made : [undefined]).map((delivery) => {
      const at = delivery?.startedAt ?? effect.createdAt;
      const verb = effect.message === 'page' ? 'paged' : 'told';
      const whom = `${effect.person ?? ''} by ${effect.channel ?? ''}`;
      const outcome = outcomeOf(effect, delivery);
      return {
        about: effect.key,
        kind: 'page' as const,
        sentence: `${verb} ${whom} at ${toIso(at)}: ${whyPaged(event)}; ${outcome}`,
        at,
        seq: event.seq,
        rule: typeof event.data['rule'] === 'string' ? event.data['rule'] : `on ${event.type}`,
        facts: {
          person: effect.person,
          channel: effect.channel,
          message: effect.message,
          effect: effect.state,
        },
        result: delivery?.outcome ?? effect.state,
        policy: event.policy,
        version: event.version,
        current: true,
      };
    });
  });
}

function seqOf(effectKey: string): number {
  return Number(effectKey.split('/')[1]);
}

function reasonExplanation(
  process: Process,
  reason: Reason,
  event: StoredEvent,
  events: readonly StoredEvent[],
): Omit<Explanation, 'current'> {
  const isClock = Object.hasOwn(process.clocks, reason.of);
  return {
    about: reason.of,
    kind: isClock ? 'deadline' : 'field',
    sentence: isClock
      ? deadlineSentence(process, reason, event, events)
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
  return events.flatMap((event) => [
    ...event.reasons.map((reason) => ({
      ...reasonExplanation(process, reason, event, events),
      current: last.get(reason.of) === event.seq,
    })),
    ...pageExplanations(event, effects, deliveries),
  ]);
}

/** Why a record's priority, its deadlines and its pages came out as they did. People who only ask are not told who was paged. */
export async function explain(
  engine: Engine,
  record: RecordState,
  actor: Actor,
): Promise<Explanation[]> {
  const process = processOf(engine, record.process);
  const events = await readEvents(engine.pool, record.number);
  if (seesOnlyOwn(actor)) return explainEvents(process, events, [], []);
  const effects = await getEffects(engine, record.number);
  return explainEvents(process, events, effects, await deliveriesOf(engine.pool, record.number));
}
