import type { Delivery } from '../db/deliveries.ts';
import type { EffectSummary } from '../db/effects.ts';
import type { StoredEvent } from '../db/events.ts';
import { toIso } from '../domain/time.ts';
import type { Explanation } from './explanation.ts';
import { escalationStep } from './summaries.ts';

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

/**
 * One explanation an attempt to reach somebody, or one for an effect that made none.
 * @param effects that the event asked for
 * @param deliveries by the key of their effect
 */
export function pageExplanations(
  event: StoredEvent,
  effects: readonly EffectSummary[],
  deliveries: ReadonlyMap<string, readonly Delivery[]>,
): Explanation[] {
  return effects.flatMap((effect) => {
    const made = deliveries.get(effect.key) ?? [];
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
