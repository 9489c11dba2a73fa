import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { Policy } from '../domain/policy.ts';
import { channelsOf, entry, serviceOf, targetOf } from '../domain/policy.ts';
import type { Effect, RecordState } from '../domain/process.ts';
import { defineProcess } from '../domain/process.ts';
import { freeText, identifier } from '../domain/text.ts';
import type { Instant } from '../domain/time.ts';

const level = z.number().int().min(1).max(9);

const openInput = z.strictObject({
  title: freeText(200),
  description: freeText(20_000).optional(),
  service: identifier(64).optional(),
  ci: identifier().optional(),
  impact: level,
  urgency: level,
  requester: identifier(64).optional(),
});

/** What an incident keeps. Title and description are ids of free texts. */
export interface IncidentFields {
  readonly title: string;
  readonly description: string | null;
  readonly service: string;
  readonly ci: string | null;
  readonly impact: number;
  readonly urgency: number;
  readonly priority: number;
  readonly requester: string;
  readonly openedBy: string;
  readonly team: string;
  readonly assignee: string | null;
  /** A person answered: acknowledged, started or resolved. Reopening asks for a new answer. */
  readonly answeredAt: Instant | null;
  readonly answeredBy: string | null;
  /** The first answer: what the respond clock waits for. */
  readonly respondedAt: Instant | null;
  readonly holdReason: string | null;
  readonly resolutionCode: string | null;
  readonly resolutionNotes: string | null;
  readonly resolvedAt: Instant | null;
  readonly reopens: number;
  /** Alerts of a monitoring system behind this incident, or null when it came another way. */
  readonly alerts: { readonly firing: number; readonly resolved: number } | null;
}

const open = ['new', 'assigned', 'inProgress', 'onHold'] as const;
const desk = ['agent', 'resolver', 'manager'] as const;
const resolvers = ['resolver', 'manager'] as const;

const nothing = z.strictObject({});
const withReason = z.strictObject({ reason: freeText(2_000) });

function inMatrix(policy: Policy, impact: number, urgency: number): string | undefined {
  const { matrix } = policy.body.priority;
  if (matrix[impact - 1]?.[urgency - 1] !== undefined) return undefined;
  return `impact ${impact} and urgency ${urgency} are not in the priority matrix, which has impacts 1 to ${matrix.length} and urgencies 1 to ${matrix[0]?.length ?? 0}`;
}

/** A person's answer; a monitoring system's or a timer's is none. */
function answer(
  record: RecordState<IncidentFields>,
  actor: Actor,
  now: Instant,
): Partial<IncidentFields> {
  if (actor.kind !== 'person') return {};
  const respondedAt = record.fields.respondedAt ?? now;
  if (record.fields.answeredAt !== null) return { respondedAt };
  return { answeredAt: now, answeredBy: actor.id, respondedAt };
}

function escalationOf(record: RecordState<IncidentFields>, policy: Policy): string | undefined {
  return serviceOf(policy, record.fields.service).service.escalation;
}

function notify(policy: Policy, people: readonly string[], message: string): Effect[] {
  return people.flatMap((person) =>
    channelsOf(policy, person).map((channel) => ({
      kind: 'notification' as const,
      person,
      channel,
      message,
    })),
  );
}

function teamLead(record: RecordState<IncidentFields>, policy: Policy): string[] {
  const lead = policy.body.teams[record.fields.team]?.lead;
  return lead === undefined ? [] : [lead];
}

export const incident = defineProcess({
  name: 'incident',
  plural: 'incidents',
  prefix: 'INC',
  version: 1,

  states: {
    new: 'Nobody owns it yet',
    assigned: 'A team or a person owns it and has not begun',
    inProgress: 'Somebody works on it',
    onHold: 'Work waits for something outside',
    resolved: 'Service is restored; the requester may still object',
    closed: 'Done',
    cancelled: 'Withdrawn: there was nothing to restore',
  },
  initial: 'new',
  final: ['closed', 'cancelled'],

  opening: {
    by: ['requester', 'agent', 'resolver', 'manager', 'integration'],
    input: openInput,
    refuse: ({ input, actor, policy }) => {
      if (input.service !== undefined && entry(policy.body.services, input.service) === undefined) {
        return `service "${input.service}" is not in the policy, which has: ${Object.keys(policy.body.services).join(', ')}`;
      }
      if (
        input.requester !== undefined &&
        input.requester !== actor.id &&
        actor.roles.every((role) => role === 'requester')
      ) {
        return 'a requester opens incidents for themselves: leave the requester out';
      }
      return inMatrix(policy, input.impact, input.urgency);
    },
    fields: ({ input, actor, policy }): IncidentFields => {
      const { key, service } = serviceOf(policy, input.service ?? null);
      return {
        title: input.title,
        description: input.description ?? null,
        service: key,
        ci: input.ci ?? null,
        impact: input.impact,
        urgency: input.urgency,
        priority: 0,
        requester: input.requester ?? actor.id,
        openedBy: actor.id,
        team: service.team,
        assignee: null,
        answeredAt: null,
        answeredBy: null,
        respondedAt: null,
        holdReason: null,
        resolutionCode: null,
        resolutionNotes: null,
        resolvedAt: null,
        reopens: 0,
        alerts: null,
      };
    },
  },

  derive: {
    priority: ({ record: { fields }, policy }) => ({
      rule: `priority.matrix.${fields.impact - 1}.${fields.urgency - 1}`,
      facts: { impact: fields.impact, urgency: fields.urgency },
      // A matrix that shrank below a record's impact leaves its priority as it was.
      result:
        policy.body.priority.matrix[fields.impact - 1]?.[fields.urgency - 1] ?? fields.priority,
    }),
  },
})
  .commands((command) => ({
    acknowledge: command({
      does: 'Say "I have seen it": the escalation stops',
      from: ['new', 'assigned', 'inProgress', 'onHold'],
      by: desk,
      input: nothing,
      event: 'acknowledged',
      refuse: ({ record }) =>
        record.fields.answeredAt === null
          ? undefined
          : 'it is acknowledged already: nothing is left to do',
      set: ({ record, actor, now }) => answer(record, actor, now),
    }),
    assign: command({
      does: 'Give it to a team, and to one of its members',
      from: ['new', 'assigned', 'inProgress'],
      to: 'assigned',
      by: desk,
      input: z.strictObject({
        team: identifier(64).optional(),
        assignee: identifier(64).optional(),
      }),
      event: 'assigned',
      refuse: ({ record, input, policy }) => {
        if (input.team === undefined && input.assignee === undefined)
          return 'name a team, an assignee or both';
        const key = input.team ?? record.fields.team;
        const team = entry(policy.body.teams, key);
        if (team === undefined)
          return `team "${key}" is not in the policy, which has: ${Object.keys(policy.body.teams).join(', ')}`;
        if (input.assignee === undefined) return undefined;
        if (entry(policy.body.people, input.assignee)?.active !== true)
          return `"${input.assignee}" is not an active person of the policy`;
        return team.members.includes(input.assignee)
          ? undefined
          : `"${input.assignee}" is not a member of team "${key}", which has: ${team.members.join(', ')}`;
      },
      set: ({ record, input }) => ({
        team: input.team ?? record.fields.team,
        assignee: input.assignee ?? null,
      }),
    }),
    start: command({
      does: 'Begin to work on it',
      from: ['new', 'assigned'],
      to: 'inProgress',
      by: resolvers,
      input: nothing,
      event: 'started',
      set: ({ record, actor, now }) => ({
        ...answer(record, actor, now),
        assignee: record.fields.assignee ?? actor.id,
      }),
    }),
    hold: command({
      does: 'Let it wait for something outside; the policy says for which reasons the resolve clock pauses',
      from: ['assigned', 'inProgress'],
      to: 'onHold',
      by: resolvers,
      input: z.strictObject({ reason: identifier(64), comment: freeText(2_000).optional() }),
      event: 'heldBack',
      refuse: ({ input, policy }) =>
        entry(policy.body.holdReasons, input.reason) === undefined
          ? `"${input.reason}" is no hold reason of the policy, which has: ${Object.keys(policy.body.holdReasons).join(', ')}`
          : undefined,
      set: ({ input }) => ({ holdReason: input.reason }),
    }),
    resume: command({
      does: 'Go on after a hold',
      from: ['onHold'],
      to: 'inProgress',
      by: desk,
      input: nothing,
      event: 'resumed',
      set: () => ({ holdReason: null }),
    }),
    resolve: command({
      does: 'Service is restored',
      from: open,
      to: 'resolved',
      by: [...resolvers, 'integration'],
      input: z.strictObject({ code: identifier(64), notes: freeText(20_000) }),
      event: 'resolved',
      set: ({ record, input, actor, now }) => ({
        ...answer(record, actor, now),
        holdReason: null,
        resolutionCode: input.code,
        resolutionNotes: input.notes,
        resolvedAt: now,
      }),
    }),
    reopen: command({
      does: 'It is not restored after all',
      from: ['resolved', 'closed'],
      to: ({ record }) => (record.fields.assignee === null ? 'new' : 'assigned'),
      by: ['requester', ...desk, 'integration'],
      input: withReason,
      event: 'reopened',
      refuse: ({ record, actor }) =>
        record.state === 'closed' &&
        !actor.roles.some((role) => role === 'manager' || role === 'admin')
          ? 'only a manager reopens a closed incident: open a new one'
          : undefined,
      set: ({ record }) => ({
        answeredAt: null,
        answeredBy: null,
        resolutionCode: null,
        resolutionNotes: null,
        resolvedAt: null,
        reopens: record.fields.reopens + 1,
      }),
    }),
    close: command({
      does: 'Confirm that it is done; the system does so by itself after a while',
      from: ['resolved'],
      to: 'closed',
      by: ['requester', ...desk, 'system'],
      input: nothing,
      event: 'closed',
    }),
    cancel: command({
      does: 'Withdraw it: there was nothing to restore',
      from: open,
      to: 'cancelled',
      by: ['requester', ...desk],
      input: withReason,
      event: 'cancelled',
      refuse: ({ record, actor }) =>
        record.state !== 'new' && actor.roles.every((role) => role === 'requester')
          ? 'somebody works on it already: ask the service desk to cancel it'
          : undefined,
    }),
    comment: command({
      does: 'Add a comment, public or internal',
      from: [...open, 'resolved', 'closed', 'cancelled'],
      by: ['requester', ...desk],
      input: z.strictObject({
        text: freeText(20_000),
        visibility: z.enum(['public', 'internal']).default('public'),
      }),
      event: 'commented',
      refuse: ({ input, actor }) =>
        input.visibility === 'internal' && actor.roles.every((role) => role === 'requester')
          ? 'requesters write public comments: leave the visibility out'
          : undefined,
    }),
    prioritise: command({
      does: 'Set impact and urgency; the priority follows by the matrix and the clocks count from the opening',
      from: open,
      by: desk,
      input: z.strictObject({ impact: level, urgency: level, reason: freeText(2_000) }),
      event: 'prioritised',
      refuse: ({ input, policy }) => inMatrix(policy, input.impact, input.urgency),
      set: ({ input }) => ({ impact: input.impact, urgency: input.urgency }),
    }),
    noteAlerts: command({
      does: 'Note that alerts of a monitoring system came or went',
      from: [...open, 'resolved'],
      by: ['integration'],
      input: z.strictObject({
        firing: z.number().int().min(0),
        resolved: z.number().int().min(0),
        summary: freeText(20_000),
      }),
      event: 'alertsChanged',
      set: ({ input }) => ({ alerts: { firing: input.firing, resolved: input.resolved } }),
    }),
    page: command({
      does: 'A step of the escalation pages people',
      from: open,
      by: ['system'],
      input: z.strictObject({
        escalation: z.string(),
        round: z.number().int(),
        step: z.number().int(),
        rule: z.string(),
        people: z.array(z.string()),
      }),
      event: 'paged',
    }),
    exhaust: command({
      does: 'The escalation came to its end without an answer',
      from: open,
      by: ['system'],
      input: z.strictObject({ escalation: z.string(), rule: z.string() }),
      event: 'escalationExhausted',
    }),
  }))
  .clocks({
    /** From opening until a person answers: assignment, automatic replies and hold never stop it. */
    respond: {
      target: ({ record: { fields }, policy }) =>
        targetOf(policy, fields.service, 'respond', fields.priority),
      runsIn: open,
      until: ({ fields }) => fields.respondedAt !== null,
      warnAt: [0.5, 0.75],
    },
    /** From opening until resolved, without the time on hold for a reason that pauses, nor the time spent resolved. */
    resolve: {
      target: ({ record: { fields }, policy }) =>
        targetOf(policy, fields.service, 'resolve', fields.priority),
      runsIn: open,
      pausedWhile: ({ record: { fields }, policy }) =>
        entry(policy.body.holdReasons, fields.holdReason)?.pausesResolve === true,
      warnAt: [0.5, 0.75, 0.9],
    },
    autoClose: {
      target: ({ record: { fields }, policy }) =>
        targetOf(policy, fields.service, 'autoClose', fields.priority),
      runsIn: ['resolved'],
      restarts: true,
      then: 'close',
    },
  })
  .reactions(({ during, on }) => [
    during(
      'escalation',
      ({ record, policy }) => {
        const escalation = policy.body.escalations[escalationOf(record, policy) ?? ''];
        return (
          record.fields.answeredAt === null &&
          (open as readonly string[]).includes(record.state) &&
          escalation?.priorities.includes(record.fields.priority) === true
        );
      },
      ({ record, policy }) => [
        { kind: 'escalation', escalation: escalationOf(record, policy) ?? '' },
      ],
    ),
    on(
      'paged',
      ({ event, policy }) => notify(policy, event.data['people'] as string[], 'page'),
      'escalation',
    ),
    on(
      'escalationExhausted',
      ({ record, policy }) => notify(policy, teamLead(record, policy), 'exhausted'),
      'escalation',
    ),
    on('resolve.warned', ({ record, policy }) =>
      notify(policy, record.fields.assignee === null ? [] : [record.fields.assignee], 'warned'),
    ),
    on('respond.breached', ({ record, policy }) =>
      notify(policy, teamLead(record, policy), 'breached'),
    ),
    on('resolve.breached', ({ record, policy }) =>
      notify(policy, teamLead(record, policy), 'breached'),
    ),
  ]);
