import { channelsOf } from '../../domain/policy.ts';
import type { Policy } from '../../domain/policy.ts';
import type { DomainEvent, Effect } from '../../domain/process.ts';
import type { IncidentSituation } from './record.ts';

/** An event that has just happened to an incident. */
export type Happened = IncidentSituation & { readonly event: DomainEvent };

export type People = readonly (string | null | undefined)[];

type Receivers<Of extends IncidentSituation> = (of: Of) => People;

/** A message to people, each once, by each channel that reaches them. */
function notify(policy: Policy, people: People, message: string): Effect[] {
  const named = people.filter((person) => person !== null && person !== undefined);
  return [...new Set(named)].flatMap((person) =>
    channelsOf(policy, person).map((channel) => ({
      kind: 'notification' as const,
      person,
      channel,
      message,
    })),
  );
}

/** Sends a message of this kind (activities/wording.ts says what it says) to all of them. */
export function tell<Of extends IncidentSituation>(
  message: string,
  ...receivers: readonly Receivers<Of>[]
): (of: Of) => Effect[] {
  return (of) =>
    notify(
      of.policy,
      receivers.flatMap((receiver) => receiver(of)),
      message,
    );
}

/** Without the one who acts: nobody is told what they did themselves. */
export function others(...receivers: readonly Receivers<Happened>[]): Receivers<Happened> {
  return (of) => {
    const all = receivers.flatMap((receiver) => receiver(of));
    return all.filter((person) => person !== of.event.actor.id);
  };
}
