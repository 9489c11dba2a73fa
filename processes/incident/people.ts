import { entry } from '../../domain/policy.ts';
import { holdReasonOf } from './hold.ts';
import { others } from './messages.ts';
import type { Happened, People } from './messages.ts';
import type { IncidentSituation } from './record.ts';

export function lead({ record, policy }: IncidentSituation): People {
  return [entry(policy.body.teams, record.fields.team)?.lead];
}

export function assignee({ record }: IncidentSituation): People {
  return [record.fields.assignee];
}

/** Whoever answers for it now: its assignee, else the team's lead. */
export function owner(of: IncidentSituation): People {
  return of.record.fields.assignee === null ? lead(of) : assignee(of);
}

/** The new assignee; for a new team without one its lead. Nobody is told what stays. */
export function newOwner(of: Happened): People {
  const { assignee: person, team } = of.event.change.fields ?? {};
  if (person === undefined && team === undefined) return [];
  return of.record.fields.assignee === null && team === undefined ? [] : owner(of);
}

/** Whom a step of the escalation means. */
export function paged({ event }: Happened): People {
  return (event.data['people'] ?? []) as string[];
}

/** Whom the policy names for an escalation that nobody answered, else the lead. */
export function toldOfSilence(of: Happened): People {
  const named = paged(of);
  return named.length === 0 ? lead(of) : named;
}

/** Everybody who was paged and may be looking at it too. */
export function alsoPaged({ record }: IncidentSituation): People {
  return record.fields.pagedPeople;
}

/** Every place that was paged, where many may be looking at it. */
export function pagedPlaces({ record }: IncidentSituation): People {
  return record.fields.pagedPlaces;
}

/** The places that a step of the escalation means. */
export function placesMeant({ event }: Happened): People {
  return (event.data['channels'] ?? []) as string[];
}

/** Those who asked for it or follow it. */
export function audience({ record: { fields } }: IncidentSituation): People {
  return [fields.requester, ...fields.watchers];
}

/** Who opens at the portal gets a receipt; for whom somebody else opened, they hear of it. */
export function openedFor(of: Happened): People {
  const { channel, requester } = of.record.fields;
  return channel === 'portal' ? [requester] : others(audience)(of);
}

/** The audience of what is said in public; the owner too, when it is the requester or a watcher who speaks. */
export function listeners(of: Happened): People {
  const { event, record } = of;
  if (event.data['visibility'] !== 'public') return [];
  const asks = audience(of).includes(event.actor.id);
  return [...audience(of), ...(asks ? [record.fields.assignee] : [])];
}

/** The requester, when the hold waits for an answer. */
export function asked({ record: { fields }, policy }: Happened): People {
  return holdReasonOf(policy, fields)?.answerResumes === true ? [fields.requester] : [];
}

/** Who leads it as a major incident. */
export function commander({ record }: IncidentSituation): People {
  return [record.fields.commander];
}

/** Those whom the policy wants to know of major incidents. */
export function stakeholders({ policy }: IncidentSituation): People {
  return policy.body.majorIncident.stakeholders;
}

/** They hear of the end of what they heard of before. */
export function stakeholdersOfMajor(of: IncidentSituation): People {
  return of.record.fields.major === 'accepted' ? stakeholders(of) : [];
}
