import type { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { Policy, PolicyBody } from '../../domain/policy.ts';
import { channelsOf, entry, serviceOf } from '../../domain/policy.ts';
import type { DomainEvent, Effect, RecordState, RelatedRecord } from '../../domain/process.ts';
import type { Instant } from '../../domain/time.ts';
import { amendInput } from './fields.ts';
import type { IncidentFields, relations } from './fields.ts';

type Incident = RecordState<IncidentFields>;

type Refused = Refusal | undefined;

/** What is wrong with one field of the input. */
function wrong(field: string, detail: string): Refusal {
  return { pointer: `/${field}`, detail };
}

function names(table: Readonly<Record<string, unknown>>): string {
  return Object.keys(table).join(', ');
}

export function onlyAsks(actor: Actor): boolean {
  return actor.roles.every((role) => role === 'requester');
}

export function inMatrix(policy: Policy, impact: number, urgency: number): Refused {
  const { matrix } = policy.body.priority;
  if (matrix[impact - 1]?.[urgency - 1] !== undefined) return undefined;
  const field = matrix[impact - 1] === undefined ? 'impact' : 'urgency';
  const width = matrix[0]?.length ?? 0;
  return wrong(
    field,
    `the priority matrix has impacts 1 to ${matrix.length} and urgencies 1 to ${width}`,
  );
}

export function knownService(policy: Policy, service: string | undefined): Refused {
  if (service === undefined || entry(policy.body.services, service) !== undefined) return undefined;
  return wrong(
    'service',
    `service "${service}" is not in the policy, which has: ${names(policy.body.services)}`,
  );
}

export function activePerson(policy: Policy, field: string, person: string): Refused {
  if (entry(policy.body.people, person)?.active === true) return undefined;
  return wrong(field, `"${person}" is not an active person of the policy`);
}

/** How an incident came in when nobody says: customers come by the portal, monitoring by itself. */
export function usualChannel(actor: Actor): IncidentFields['channel'] {
  if (actor.kind === 'integration') return 'monitoring';
  return onlyAsks(actor) ? 'portal' : null;
}

/** Moments that people report lie in the past. */
export function notInFuture(
  now: Instant,
  moments: Readonly<Record<string, Instant | undefined>>,
): Refused {
  const late = Object.entries(moments).find(([, at]) => at !== undefined && at > now);
  return late && wrong(late[0], 'lies in the future: give a moment that has passed');
}

export function assignable(
  policy: Policy,
  record: Incident,
  input: { team?: string | undefined; assignee?: string | undefined },
): Refused {
  if (input.team === undefined && input.assignee === undefined) {
    return wrong('assignee', 'name a team, an assignee or both');
  }
  const key = input.team ?? record.fields.team;
  const team = entry(policy.body.teams, key);
  if (team === undefined) {
    return wrong(
      'team',
      `team "${key}" is not in the policy, which has: ${names(policy.body.teams)}`,
    );
  }
  if (input.assignee === undefined) return undefined;
  const inactive = activePerson(policy, 'assignee', input.assignee);
  if (inactive !== undefined || team.members.includes(input.assignee)) return inactive;
  return wrong(
    'assignee',
    `"${input.assignee}" is not a member of team "${key}", which has: ${team.members.join(', ')}`,
  );
}

export function holdable(
  policy: Policy,
  now: Instant,
  input: { reason: string; comment?: string | undefined; followUpAt?: Instant | undefined },
): Refused {
  const reason = entry(policy.body.holdReasons, input.reason);
  if (reason === undefined) {
    return wrong(
      'reason',
      `"${input.reason}" is no hold reason of the policy, which has: ${names(policy.body.holdReasons)}`,
    );
  }
  if (reason.needsComment && input.comment === undefined) {
    return wrong('comment', `a hold for "${input.reason}" needs one: say what is waited for`);
  }
  if (input.followUpAt !== undefined && input.followUpAt <= now) {
    return wrong('followUpAt', 'has passed already: give a moment in the future');
  }
  return undefined;
}

export function reopenable(policy: Policy, record: Incident, actor: Actor, now: Instant): Refused {
  if (record.state !== 'closed') return undefined;
  if (!actor.roles.some((role) => role === 'manager' || role === 'admin')) {
    return 'only a manager reopens a closed incident: open a new one';
  }
  const until = record.stateSince + policy.body.reopenWithin;
  return now <= until ? undefined : 'it was closed too long ago to be reopened: open a new one';
}

/** Details that are put right must fit together. */
export function amendable(
  policy: Policy,
  record: Incident,
  now: Instant,
  input: z.output<typeof amendInput>,
): Refused {
  if (Object.values(input).every((value) => value === undefined)) {
    return { pointer: '', detail: `name what is to be put right: ${names(amendInput.shape)}` };
  }
  const { detectedAt, startedAt } = input;
  const { restoredAt } = record.fields;
  const late = Object.entries({ detectedAt, startedAt }).find(
    ([, at]) => at !== undefined && restoredAt !== null && at > restoredAt,
  );
  return (
    knownService(policy, input.service) ??
    notInFuture(now, { detectedAt, startedAt }) ??
    (late && wrong(late[0], 'lies after the service was restored'))
  );
}

/** A correction takes out time that was counted, of a clock that the record has. */
export function correctable(
  policy: Policy,
  record: Incident,
  now: Instant,
  input: { clock: string; fromAt: Instant; toAt: Instant },
): Refused {
  const clock = record.clocks[input.clock];
  if (clock === undefined) return wrong('clock', 'the record has no such clock');
  if (entry(policy.body.calendars, clock.target.calendar) === undefined) {
    return wrong('clock', `its calendar "${clock.target.calendar}" is no longer in the policy`);
  }
  if (input.fromAt >= input.toAt) return wrong('fromAt', 'must lie before toAt');
  const counted = clock.segments.some(
    ({ from, to }) => from < input.toAt && input.fromAt < (to ?? Infinity),
  );
  return (
    notInFuture(now, { toAt: input.toAt }) ??
    (counted ? undefined : wrong('fromAt', 'the clock did not run in that time'))
  );
}

export function restorable(
  record: Incident,
  now: Instant,
  input: { restoredAt?: Instant | undefined; restoredReason?: string | undefined },
): Refused {
  const { restoredAt, restoredReason } = input;
  if (restoredAt === undefined) return undefined;
  if (restoredAt > now) return notInFuture(now, { restoredAt });
  if (restoredAt < (record.fields.startedAt ?? record.fields.detectedAt ?? record.openedAt)) {
    return wrong('restoredAt', 'lies before the incident began');
  }
  return restoredReason === undefined
    ? wrong('restoredReason', 'say why restoredAt is set back')
    : undefined;
}

export function linkable(
  record: Incident,
  related: RelatedRecord | undefined,
  input: { relation: (typeof relations)[number]; number: string },
): Refused {
  if (input.number === record.number) {
    return wrong('number', 'a record cannot be linked to itself');
  }
  if (input.relation === 'problem' || input.relation === 'change') {
    const own = `${record.number.split('-')[0] ?? ''}-`;
    return input.number.startsWith(own)
      ? wrong('number', `${input.number} is an ${record.process}, no ${input.relation}`)
      : undefined;
  }
  if (related?.organisation !== record.organisation) {
    return wrong('number', `there is no record ${input.number}`);
  }
  if (related.process !== record.process) {
    return wrong('number', `${input.number} is no ${record.process}`);
  }
  return related.ancestors.includes(record.number)
    ? wrong(
        'number',
        `${input.number} is below ${record.number} already: the links would form a circle`,
      )
    : undefined;
}

export const linkFields = {
  parent: 'parent',
  duplicate: 'duplicateOf',
  follows: 'follows',
  problem: 'problem',
  change: 'change',
} as const satisfies Record<(typeof relations)[number], keyof IncidentFields>;

/** A person's answer; a monitoring system's or a timer's is none. */
export function answer(record: Incident, actor: Actor, now: Instant): Partial<IncidentFields> {
  if (actor.kind !== 'person') return {};
  const respondedAt = record.fields.respondedAt ?? now;
  if (record.fields.answeredAt !== null) return { respondedAt };
  const answered = { answeredAt: now, answeredBy: actor.id, respondedAt };
  return { ...answered, escalateAnyway: false, exhausted: false };
}

export const unanswered: Partial<IncidentFields> = {
  answeredAt: null,
  answeredBy: null,
  exhausted: false,
};

/** A new impact and urgency; a higher priority asks for a new answer. */
export function reprioritised(
  policy: Policy,
  record: Incident,
  impact: number,
  urgency: number,
): Partial<IncidentFields> {
  const priority = policy.body.priority.matrix[impact - 1]?.[urgency - 1];
  const rises = priority !== undefined && priority < record.fields.priority;
  return { impact, urgency, ...(rises ? unanswered : {}) };
}

/** Whether a comment is the requester's answer that a hold waits for. */
export function endsHold(policy: Policy, record: Incident, actor: Actor): boolean {
  const reason = entry(policy.body.holdReasons, record.fields.holdReason);
  return (
    record.state === 'onHold' &&
    reason?.answerResumes === true &&
    actor.id === record.fields.requester
  );
}

/** The escalation of the record's service, with its name. */
export function escalationOf(
  policy: Policy,
  record: Incident,
): { name: string; escalation: PolicyBody['escalations'][string] } | undefined {
  const { escalation: name } = serviceOf(policy, record.fields.service).service;
  const escalation = name === undefined ? undefined : entry(policy.body.escalations, name);
  return name === undefined || escalation === undefined ? undefined : { name, escalation };
}

/** A message to people, by each channel that reaches them. */
export function notify(
  policy: Policy,
  people: readonly (string | null | undefined)[],
  message: string,
): Effect[] {
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

/** Whoever answers for the record now: its assignee, else the team's lead. */
export function owner(policy: Policy, { fields }: Incident): string | undefined {
  return fields.assignee ?? lead(policy, fields);
}

export function lead(policy: Policy, { team }: Pick<IncidentFields, 'team'>): string | undefined {
  return entry(policy.body.teams, team)?.lead;
}

/** Who is told of a new owner: the person; for a team without one its lead. Nobody is told what stays or what they did themselves. */
export function newOwner(
  policy: Policy,
  { fields }: Incident,
  { change, actor }: Pick<DomainEvent, 'change' | 'actor'>,
): string[] {
  const { assignee, team } = change.fields ?? {};
  const told = fields.assignee ?? (team === undefined ? undefined : lead(policy, fields));
  const isNew = assignee !== undefined || team !== undefined;
  return isNew && told !== undefined && told !== actor.id ? [told] : [];
}

/** Those who asked for it or follow it, without the one who acts. */
export function audience({ fields }: Incident, actor: Pick<Actor, 'id'>): string[] {
  return [fields.requester, ...fields.watchers].filter((person) => person !== actor.id);
}

/** The audience of what is said in public; the owner too, when it is the requester or a watcher who speaks. */
export function conversation(record: Incident, actor: Pick<Actor, 'id'>): (string | null)[] {
  const { requester, watchers, assignee } = record.fields;
  const asks = actor.id === requester || watchers.includes(actor.id);
  return [...audience(record, actor), ...(asks && assignee !== actor.id ? [assignee] : [])];
}

/** Those whom the policy wants to know of major incidents, and who leads this one, without the one who acts. */
export function stakeholders(
  policy: Policy,
  actor: Pick<Actor, 'id'>,
  commander: string | null = null,
): string[] {
  const all = [
    ...(commander === null ? [] : [commander]),
    ...policy.body.majorIncident.stakeholders,
  ];
  return all.filter((person) => person !== actor.id);
}
