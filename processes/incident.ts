import { z } from 'zod';
import { entry, serviceOf, targetOf } from '../domain/policy.ts';
import { defineProcess } from '../domain/process.ts';
import { oneRedaction, redaction } from '../domain/redaction.ts';
import { freeText, identifier, instant } from '../domain/text.ts';
import { attachable, attachInput } from './incident/attachments.ts';
import {
  addedInVersion2,
  amendInput,
  level,
  openInput,
  relations,
  shownToRequesters,
} from './incident/fields.ts';
import type { IncidentFields } from './incident/fields.ts';
import {
  activePerson,
  amendable,
  answer,
  assignable,
  audience,
  conversation,
  correctable,
  endsHold,
  escalationOf,
  holdable,
  inMatrix,
  knownService,
  lead,
  linkable,
  linkFields,
  newOwner,
  notify,
  notInFuture,
  onlyAsks,
  owner,
  reopenable,
  reprioritised,
  restorable,
  stakeholders,
  unanswered,
  usualChannel,
} from './incident/rules.ts';

const open = ['new', 'assigned', 'inProgress', 'onHold'] as const;
const ended = ['resolved', 'closed'] as const;
const anyState = [...open, ...ended, 'cancelled'] as const;
const desk = ['agent', 'resolver', 'manager'] as const;
const resolvers = ['resolver', 'manager'] as const;

const nothing = z.strictObject({});
const withReason = z.strictObject({ reason: freeText(2_000) });
const person = identifier(64);

const isOpen = (state: string): boolean => (open as readonly string[]).includes(state);

export const incident = defineProcess({
  name: 'incident',
  plural: 'incidents',
  prefix: 'INC',
  version: 2,

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
    by: ['requester', ...desk, 'integration'],
    input: openInput,
    refuse: ({ input, actor, policy, now }) => {
      if (onlyAsks(actor) && input.requester !== undefined && input.requester !== actor.id) {
        return {
          pointer: '/requester',
          detail: 'a requester opens incidents for themselves: leave the requester out',
        };
      }
      const { detectedAt, startedAt } = input;
      return (
        knownService(policy, input.service) ??
        inMatrix(policy, input.impact, input.urgency) ??
        notInFuture(now, { detectedAt, startedAt })
      );
    },
    fields: ({ input, actor, policy, now }): IncidentFields => {
      const { key, service } = serviceOf(policy, input.service ?? null);
      return {
        ...addedInVersion2,
        title: input.title,
        description: input.description ?? null,
        service: key,
        ci: input.ci ?? null,
        category: input.category ?? null,
        channel: input.channel ?? usualChannel(actor),
        externalReference: input.externalReference ?? null,
        impact: input.impact,
        urgency: input.urgency,
        priority: 0,
        requester: input.requester ?? actor.id,
        openedBy: actor.id,
        team: service.team,
        assignee: null,
        detectedAt: input.detectedAt ?? now,
        startedAt: input.startedAt ?? null,
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
  added: addedInVersion2,
  requesters: shownToRequesters,

  derive: {
    priority: ({ record: { fields }, policy }) => ({
      rule: `priority.matrix.${fields.impact - 1}.${fields.urgency - 1}`,
      facts: { impact: fields.impact, urgency: fields.urgency },
      // A matrix that shrank below a record's impact leaves its priority as it was.
      result:
        policy.body.priority.matrix[fields.impact - 1]?.[fields.urgency - 1] ?? fields.priority,
    }),
    major: ({ record: { fields, state }, policy }) => {
      const proposes = policy.body.majorIncident.proposeAt.includes(fields.priority);
      return {
        rule: 'majorIncident.proposeAt',
        facts: { priority: fields.priority },
        result: fields.major === 'none' && proposes && isOpen(state) ? 'proposed' : fields.major,
      };
    },
  },
})
  .commands((command) => ({
    acknowledge: command({
      does: 'Say "I have seen it": the escalation stops',
      from: open,
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
      from: open,
      to: ({ record }) => (record.state === 'onHold' ? 'onHold' : 'assigned'),
      by: desk,
      input: z.strictObject({ team: identifier(64).optional(), assignee: person.optional() }),
      event: 'assigned',
      refuse: ({ record, input, policy }) => assignable(policy, record, input),
      set: ({ record: { fields }, input }) => {
        const team = input.team ?? fields.team;
        const assignee = input.assignee ?? null;
        const moved =
          team !== fields.team || (fields.assignee !== null && fields.assignee !== assignee);
        return { team, assignee, reassignments: fields.reassignments + (moved ? 1 : 0) };
      },
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
      input: z.strictObject({
        reason: identifier(64),
        comment: freeText(2_000).optional(),
        followUpAt: instant().optional(),
      }),
      event: 'heldBack',
      refuse: ({ input, policy, now }) => holdable(policy, now, input),
      set: ({ input, policy, now }) => {
        const after = entry(policy.body.holdReasons, input.reason)?.followUpAfter;
        const followUpAt = input.followUpAt ?? (after === undefined ? null : now + after);
        return { holdReason: input.reason, followUpAt };
      },
    }),
    followUp: command({
      does: 'The time to look at a hold again has come',
      from: ['onHold'],
      by: ['system'],
      input: nothing,
      event: 'followUpDue',
      set: () => ({ followUpAt: null }),
    }),
    resume: command({
      does: 'Go on after a hold',
      from: ['onHold'],
      to: 'inProgress',
      by: desk,
      input: nothing,
      event: 'resumed',
      set: () => ({ holdReason: null, followUpAt: null }),
    }),
    resolve: command({
      does: 'Service is restored',
      from: open,
      to: 'resolved',
      by: [...resolvers, 'integration'],
      input: z.strictObject({
        code: identifier(64),
        notes: freeText(20_000),
        restoredAt: instant().optional(),
        restoredReason: freeText(2_000).optional(),
      }),
      event: 'resolved',
      refuse: ({ record, input, now }) => restorable(record, now, input),
      set: ({ record, input, actor, policy, now }) => ({
        ...answer(record, actor, now),
        holdReason: null,
        followUpAt: null,
        resolutionCode: input.code,
        resolutionNotes: input.notes,
        resolvedAt: now,
        restoredAt: input.restoredAt ?? now,
        escalateAnyway: false,
        nextUpdateAt: null,
        reviewDueAt:
          record.fields.major === 'accepted' ? now + policy.body.majorIncident.reviewWithin : null,
      }),
    }),
    reopen: command({
      does: 'It is not restored after all',
      from: ended,
      to: ({ record }) => (record.fields.assignee === null ? 'new' : 'assigned'),
      by: ['requester', ...desk, 'integration'],
      input: withReason,
      event: 'reopened',
      refuse: ({ record, actor, policy, now }) => reopenable(policy, record, actor, now),
      set: ({ record: { fields }, policy, now }) => ({
        ...unanswered,
        resolutionCode: null,
        resolutionNotes: null,
        resolvedAt: null,
        restoredAt: null,
        closedAt: null,
        reviewDueAt: null,
        nextUpdateAt:
          fields.major === 'accepted' ? now + policy.body.majorIncident.updateEvery : null,
        reopens: fields.reopens + 1,
      }),
    }),
    close: command({
      does: 'Confirm that it is done; the system does so by itself after a while',
      from: ['resolved'],
      to: 'closed',
      by: ['requester', ...desk, 'system'],
      input: nothing,
      event: 'closed',
      set: ({ now }) => ({ closedAt: now }),
    }),
    cancel: command({
      does: 'Withdraw it: there was nothing to restore',
      from: open,
      to: 'cancelled',
      by: ['requester', ...desk],
      input: withReason,
      event: 'cancelled',
      refuse: ({ record, actor }) =>
        record.state !== 'new' && onlyAsks(actor)
          ? 'somebody works on it already: ask the service desk to cancel it'
          : undefined,
      set: () => ({ followUpAt: null, nextUpdateAt: null, holdReason: null }),
    }),
    escalate: command({
      does: 'Page the next step now, whatever the priority',
      from: open,
      by: desk,
      input: withReason,
      event: 'escalated',
      refuse: ({ record, policy }) =>
        escalationOf(policy, record) === undefined
          ? `the service "${record.fields.service}" has no escalation in the policy: assign it to somebody`
          : undefined,
      set: () => ({ ...unanswered, escalateAnyway: true }),
    }),
    prioritise: command({
      does: 'Set impact and urgency; the priority follows by the matrix and the clocks count from the opening',
      from: open,
      by: desk,
      input: z.strictObject({ impact: level, urgency: level, reason: freeText(2_000) }),
      event: 'prioritised',
      refuse: ({ input, policy }) => inMatrix(policy, input.impact, input.urgency),
      set: ({ record, input, policy }) =>
        reprioritised(policy, record, input.impact, input.urgency),
    }),
    comment: command({
      does: 'Add a comment, public or internal',
      from: anyState,
      to: ({ record, actor, policy }) =>
        endsHold(policy, record, actor) ? 'inProgress' : record.state,
      by: ['requester', ...desk],
      input: z.strictObject({
        text: freeText(20_000),
        visibility: z.enum(['public', 'internal']).default('public'),
      }),
      event: 'commented',
      refuse: ({ input, actor }) =>
        input.visibility === 'internal' && onlyAsks(actor)
          ? { pointer: '/visibility', detail: 'requesters write public comments: leave it out' }
          : undefined,
      set: ({ record, actor, policy }) =>
        endsHold(policy, record, actor) ? { holdReason: null, followUpAt: null } : {},
    }),
    attach: command({
      does: 'Add a file',
      from: anyState,
      by: ['requester', ...desk],
      input: attachInput,
      resource: 'attachments',
      event: 'attached',
      refuse: ({ record, input, actor }) => attachable(record, input, actor),
      set: ({ record: { fields }, input }) => ({
        attachments: fields.attachments + 1,
        attachedBytes: fields.attachedBytes + input.size,
      }),
    }),
    sendAgain: command({
      does: 'Send a message again that was given up',
      from: anyState,
      by: ['manager'],
      input: z.strictObject({ effect: identifier(64) }),
      resource: 'dead-letters',
      event: 'effectRetried',
    }),
    amend: command({
      does: 'Put details right',
      from: [...open, 'resolved'],
      by: desk,
      input: amendInput,
      event: 'amended',
      refuse: ({ record, input, policy, now }) => amendable(policy, record, now, input),
      set: ({ input }) =>
        Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
    }),
    logWork: command({
      does: 'Note time that was worked, in minutes',
      from: [...open, ...ended],
      by: desk,
      input: z.strictObject({
        minutes: z.number().int().min(1).max(1_440),
        note: freeText(2_000).optional(),
      }),
      event: 'workLogged',
      set: ({ record, input }) => ({ minutesWorked: record.fields.minutesWorked + input.minutes }),
    }),
    watch: command({
      does: 'Be told of what is public; or let somebody else be',
      from: anyState,
      by: ['requester', ...desk],
      input: z.strictObject({ person: person.optional() }),
      event: 'watched',
      refuse: ({ input, actor, policy }) =>
        input.person === undefined || input.person === actor.id
          ? undefined
          : onlyAsks(actor)
            ? 'you can only watch for yourself'
            : activePerson(policy, 'person', input.person),
      set: ({ record, input, actor }) => ({
        watchers: [...new Set([...record.fields.watchers, input.person ?? actor.id])],
      }),
    }),
    unwatch: command({
      does: 'Be told no more',
      from: anyState,
      by: ['requester', ...desk],
      input: z.strictObject({ person: person.optional() }),
      event: 'unwatched',
      refuse: ({ input, actor }) =>
        input.person !== undefined && input.person !== actor.id && onlyAsks(actor)
          ? 'you can only stop watching for yourself'
          : undefined,
      set: ({ record, input, actor }) => ({
        watchers: record.fields.watchers.filter(
          (watcher) => watcher !== (input.person ?? actor.id),
        ),
      }),
    }),
    link: command({
      does: 'Link it to its parent, the incident that it repeats, a problem or a change',
      from: [...open, ...ended],
      by: [...desk, 'integration'],
      input: z.strictObject({
        relation: z.enum(relations),
        number: z.string().regex(/^[A-Z]{2,5}-[1-9]\d{0,15}$/, 'must be a number such as INC-7'),
      }),
      event: 'linked',
      related: ({ number }) => number,
      refuse: ({ record, input, related }) => linkable(record, related, input),
      set: ({ input }) => ({ [linkFields[input.relation]]: input.number }),
    }),
    unlink: command({
      does: 'Take a link away',
      from: [...open, ...ended],
      by: desk,
      input: z.strictObject({ relation: z.enum(relations) }),
      event: 'unlinked',
      refuse: ({ record, input }) =>
        record.fields[linkFields[input.relation]] === null
          ? { pointer: '/relation', detail: 'it has no such link' }
          : undefined,
      set: ({ input }) => ({ [linkFields[input.relation]]: null }),
    }),
    proposeMajor: command({
      does: 'Propose it as a major incident',
      from: open,
      by: desk,
      input: withReason,
      event: 'majorProposed',
      refuse: ({ record }) =>
        ['proposed', 'accepted'].includes(record.fields.major)
          ? `it is ${record.fields.major} as a major incident already`
          : undefined,
      set: () => ({ major: 'proposed' }),
    }),
    acceptMajor: command({
      does: 'Lead it as a major incident: a commander, and updates for the stakeholders',
      from: open,
      by: ['manager'],
      input: z.strictObject({ commander: person }),
      event: 'majorAccepted',
      refuse: ({ input, policy }) => activePerson(policy, 'commander', input.commander),
      set: ({ input, policy, now }) => ({
        major: 'accepted',
        commander: input.commander,
        nextUpdateAt: now + policy.body.majorIncident.updateEvery,
      }),
    }),
    demoteMajor: command({
      does: 'It is no major incident after all',
      from: [...open, 'resolved'],
      by: ['manager'],
      input: withReason,
      event: 'majorDemoted',
      refuse: ({ record }) =>
        ['proposed', 'accepted'].includes(record.fields.major)
          ? undefined
          : 'it is no major incident',
      set: () => ({ major: 'demoted', commander: null, nextUpdateAt: null, reviewDueAt: null }),
    }),
    inform: command({
      does: 'Tell stakeholders, requester and watchers how it stands',
      from: open,
      by: desk,
      input: z.strictObject({ text: freeText(20_000) }),
      event: 'informed',
      set: ({ record, policy, now }) =>
        record.fields.major === 'accepted'
          ? { nextUpdateAt: now + policy.body.majorIncident.updateEvery }
          : {},
    }),
    remindUpdate: command({
      does: 'The stakeholders are owed an update',
      from: open,
      by: ['system'],
      input: nothing,
      event: 'updateDue',
      set: ({ policy, now }) => ({ nextUpdateAt: now + policy.body.majorIncident.updateEvery }),
    }),
    review: command({
      does: 'Record what the review of a major incident found',
      from: ended,
      by: ['manager', 'resolver'],
      input: z.strictObject({ notes: freeText(20_000) }),
      event: 'reviewed',
      refuse: ({ record }) =>
        record.fields.major === 'accepted'
          ? undefined
          : 'only an accepted major incident is reviewed',
      set: ({ input }) => ({ reviewDueAt: null, reviewNotes: input.notes }),
    }),
    remindReview: command({
      does: 'The review of a major incident is due',
      from: ended,
      by: ['system'],
      input: nothing,
      event: 'reviewDue',
      set: () => ({ reviewDueAt: null }),
    }),
    redact: command({
      does: 'Erase texts for good: of one event (seq), of one field, or all; the audit chain stays valid',
      from: anyState,
      by: ['manager'],
      input: redaction,
      erases: true,
      event: 'redacted',
      refuse: ({ input }) => oneRedaction(input),
    }),
    correct: command({
      does: 'Take time out of a clock that should not have counted; a breach that was noted stays noted',
      from: [...open, ...ended],
      by: ['manager'],
      input: z.strictObject({
        clock: z.enum(['respond', 'resolve']),
        fromAt: instant(),
        toAt: instant(),
        reason: freeText(2_000),
      }),
      event: 'clockCorrected',
      refuse: ({ record, input, policy, now }) => correctable(policy, record, now, input),
      exclude: ({ input }) => ({ clock: input.clock, from: input.fromAt, to: input.toAt }),
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
      set: ({ input }) => ({ escalation: input.escalation }),
    }),
    exhaust: command({
      does: 'The escalation came to its end without an answer',
      from: open,
      by: ['system'],
      input: z.strictObject({ escalation: z.string(), rule: z.string() }),
      event: 'escalationExhausted',
      set: () => ({ exhausted: true }),
    }),
    failPage: command({
      does: 'A page of the escalation did not get through and was given up',
      from: open,
      by: ['system'],
      input: z.strictObject({ effect: z.string(), person: z.string(), channel: z.string() }),
      event: 'pageFailed',
    }),
  }))
  .clocks(
    {
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
    },
    {
      followUp: {
        at: ({ state, fields }) => (state === 'onHold' ? fields.followUpAt : null),
        then: 'followUp',
      },
      stakeholderUpdate: {
        at: ({ state, fields }) => (isOpen(state) ? fields.nextUpdateAt : null),
        then: 'remindUpdate',
      },
      review: {
        at: ({ state, fields }) =>
          state === 'resolved' || state === 'closed' ? fields.reviewDueAt : null,
        then: 'remindReview',
      },
    },
  )
  .reactions(({ during, on }) => [
    during(
      'escalation',
      ({ record, policy }) => {
        const priorities = escalationOf(policy, record)?.escalation.priorities;
        const { answeredAt, priority, escalateAnyway } = record.fields;
        if (priorities === undefined || answeredAt !== null || !isOpen(record.state)) return false;
        return escalateAnyway || priorities.includes(priority);
      },
      ({ record, policy }) => [
        { kind: 'escalation', escalation: escalationOf(policy, record)?.name ?? '' },
      ],
      ({ before, after }) => before.fields.exhausted && !after.fields.exhausted,
    ),
    on('escalated', ({ record: { fields }, event: { change } }) => {
      const { answeredAt, exhausted } = change.fields ?? {};
      const runs = answeredAt === undefined && exhausted === undefined;
      return runs && fields.escalation !== null
        ? [{ kind: 'advance', escalation: fields.escalation }]
        : [];
    }),
    during(
      'majorProposal',
      ({ record }) => record.fields.major === 'proposed' && isOpen(record.state),
      ({ record, policy }) => notify(policy, [lead(policy, record.fields)], 'majorProposed'),
    ),
    on('majorAccepted', ({ record: { fields }, event, policy }) =>
      notify(policy, stakeholders(policy, event.actor, fields.commander), 'majorAccepted'),
    ),
    on(
      'paged',
      ({ event, policy }) => notify(policy, event.data['people'] as string[], 'page'),
      'escalation',
    ),
    on(
      'escalationExhausted',
      ({ record, policy }) => notify(policy, [lead(policy, record.fields)], 'exhausted'),
      'escalation',
    ),
    on(
      'pageFailed',
      ({ record, policy }) => notify(policy, [lead(policy, record.fields)], 'pageFailed'),
      'escalation',
    ),
    on('assigned', ({ record, event, policy }) =>
      notify(policy, newOwner(policy, record, event), 'assigned'),
    ),
    on('followUpDue', ({ record, policy }) =>
      notify(policy, [owner(policy, record)], 'followUpDue'),
    ),
    on('resolve.warned', ({ record, policy }) =>
      notify(policy, [record.fields.assignee], 'warned'),
    ),
    on('respond.breached', ({ record, policy }) =>
      notify(policy, [lead(policy, record.fields)], 'breached'),
    ),
    on('resolve.breached', ({ record, policy }) =>
      notify(policy, [lead(policy, record.fields)], 'breached'),
    ),
    on('updateDue', ({ record: { fields }, policy }) =>
      notify(policy, [fields.commander], 'updateDue'),
    ),
    on('reviewDue', ({ record: { fields }, policy }) =>
      notify(policy, [fields.commander], 'reviewDue'),
    ),
    on('informed', ({ record, event, policy }) =>
      notify(
        policy,
        [...stakeholders(policy, event.actor), ...audience(record, event.actor)],
        'informed',
      ),
    ),
    on('opened', ({ record, event, policy }) =>
      record.fields.channel === 'portal'
        ? notify(policy, [record.fields.requester], 'opened')
        : notify(policy, audience(record, event.actor), 'opened'),
    ),
    on('commented', ({ record, event, policy }) =>
      event.data['visibility'] === 'public'
        ? notify(policy, conversation(record, event.actor), 'commented')
        : [],
    ),
    on('heldBack', ({ record, policy }) =>
      entry(policy.body.holdReasons, record.fields.holdReason)?.answerResumes === true
        ? notify(policy, [record.fields.requester], 'answerNeeded')
        : [],
    ),
    on('resolved', ({ record, event, policy }) => {
      const led = record.fields.major === 'accepted' ? stakeholders(policy, event.actor) : [];
      return notify(policy, [...audience(record, event.actor), ...led], 'resolved');
    }),
  ]);
