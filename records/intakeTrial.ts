import type { Mapped } from '../domain/intake/mapping.ts';
import type { NotifiedAlert } from '../domain/intake/notification.ts';
import { priorityOf, serviceOf } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { openingOf, unknownService } from './alertTexts.ts';
import { openingOfKept } from './intakeKept.ts';

interface Opened {
  readonly title: string;
  readonly description?: string;
  readonly service: string;
  readonly ci?: string;
  readonly impact: number;
  readonly urgency: number;
  readonly priority?: number | undefined;
}

/** What a delivery would do, if nothing stood for its group yet. */
export interface IntakeTrial {
  /** Why it could not be read: it would be kept. */
  readonly reason: string | null;
  readonly groupKey: string | null;
  readonly alerts: readonly NotifiedAlert[];
  /** A service that the policy does not know: the default service's then. */
  readonly unknownService: string | null;
  /** The incident that would open; null when nothing fires. */
  readonly opens: Opened | null;
}

/** An opening's input with what the policy makes of it. */
function incident(input: Omit<Opened, 'service'> & { service?: string }, policy: Policy): Opened {
  const { key } = serviceOf(policy, input.service ?? null);
  return { ...input, service: key, priority: priorityOf(policy, input) };
}

/** Tries a delivery that was read: nothing is written. */
export function tryIntake(source: string, read: Mapped, policy: Policy): IntakeTrial {
  const nothing = { reason: null, groupKey: null, alerts: [], unknownService: null, opens: null };
  if ('ignored' in read) return nothing;
  if ('reason' in read) {
    const { reason } = read;
    return {
      ...nothing,
      reason,
      opens: incident(openingOfKept(`A notification of ${source}`, policy), policy),
    };
  }
  const { notification } = read;
  const { groupKey, alerts } = notification;
  const fires = alerts.some(({ firing }) => firing);
  return {
    ...{ reason: null, groupKey, alerts },
    unknownService: unknownService(notification, policy) ?? null,
    opens: fires ? incident(openingOf(notification, policy), policy) : null,
  };
}
