import type { DomainEvent, Effect, Urgency } from '../../domain/process.ts';
import type { IncidentSituation } from './record.ts';

/** An event that has just happened to an incident. */
export type Happened = IncidentSituation & { readonly event: DomainEvent };

export type People = readonly (string | null | undefined)[];

type Receivers<Of extends IncidentSituation> = (of: Of) => People;

function send<Of extends IncidentSituation>(
  message: string,
  urgency: Urgency,
  receivers: readonly Receivers<Of>[],
): (of: Of) => Effect[] {
  return (of) => {
    const named = receivers
      .flatMap((receiver) => receiver(of))
      .filter((person) => person !== null && person !== undefined);
    return [...new Set(named)].map((person) => ({
      kind: 'notification',
      person,
      message,
      urgency,
    }));
  };
}

/** Sends a message of this kind (activities/wording.ts says what it says) to all of them, each once, when their quiet hours let it. */
export function tell<Of extends IncidentSituation>(
  message: string,
  ...receivers: readonly Receivers<Of>[]
): (of: Of) => Effect[] {
  return send(message, 'deferrable', receivers);
}

/** The same at once, whatever the hour: worth waking somebody. */
export function interrupt<Of extends IncidentSituation>(
  message: string,
  ...receivers: readonly Receivers<Of>[]
): (of: Of) => Effect[] {
  return send(message, 'interrupting', receivers);
}

/** A message to places that many people read, by the policy's names. */
export function post<Of extends IncidentSituation>(
  message: string,
  urgency: Urgency,
  places: Receivers<Of>,
): (of: Of) => Effect[] {
  return (of) =>
    places(of)
      .filter((place) => place !== null && place !== undefined)
      .map((namedChannel) => ({ kind: 'notification', namedChannel, message, urgency }));
}

/** Without the one who acts: nobody is told what they did themselves. */
export function others(...receivers: readonly Receivers<Happened>[]): Receivers<Happened> {
  return (of) => {
    const all = receivers.flatMap((receiver) => receiver(of));
    return all.filter((person) => person !== of.event.actor.id);
  };
}
