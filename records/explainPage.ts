import type { Delivery } from '../db/deliveries.ts';
import type { EffectSummary } from '../db/effects.ts';
import type { StoredEvent } from '../db/events.ts';
import { withoutAddresses } from '../domain/notification/withoutAddresses.ts';
import { toIso } from '../domain/time.ts';
import type { Explanation } from './explanation.ts';
import { outcomes } from './outcomes.ts';
import { becauseOf, whyNotified } from './whyNotified.ts';

function outcomeOf(effect: EffectSummary, delivery: Delivery | undefined): string {
  if (delivery !== undefined) {
    if (delivery.outcome === null)
      return 'under way, or its worker ended in it: whether it arrived is not known';
    return `${outcomes[delivery.outcome]}: ${withoutAddresses(delivery.report ?? delivery.detail ?? '')}`;
  }
  switch (effect.state) {
    case 'pending':
    case 'started':
      return 'not sent yet';
    case 'cancelling':
    case 'cancelled':
      return 'not sent: it was no longer wanted';
    case 'dead':
      return `given up: ${withoutAddresses(effect.error ?? 'no attempt succeeded in time')}`;
    case 'done':
      // What went along with another message has no attempt of its own, and says so.
      return effect.error ?? 'done';
  }
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
      const whom = `${effect.person ?? effect.namedChannel ?? ''} by ${effect.channel ?? ''}`;
      const outcome = outcomeOf(effect, delivery);
      return {
        about: effect.key,
        kind: 'page' as const,
        sentence: `${verb} ${whom} at ${toIso(at)}: ${whyNotified(event, effect.person, effect.why)}; ${outcome}`,
        at,
        seq: event.seq,
        rule: typeof event.data['rule'] === 'string' ? event.data['rule'] : `on ${event.type}`,
        facts: {
          person: effect.person,
          namedChannel: effect.namedChannel,
          channel: effect.channel,
          method: effect.method,
          message: effect.message,
          effect: effect.state,
          because: becauseOf(event.data, effect.person) ?? null,
          notificationRule: effect.why,
        },
        result: delivery?.outcome ?? effect.state,
        policy: event.policy,
        version: event.version,
        current: true,
      };
    });
  });
}
