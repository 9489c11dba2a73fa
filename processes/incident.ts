import { targetOf } from '../domain/policy.ts';
import { defineProcess } from '../domain/defineProcess.ts';
import * as alerts from './incident/alerts.ts';
import * as answer from './incident/answer.ts';
import * as attachments from './incident/attachments.ts';
import * as conversation from './incident/conversation.ts';
import * as details from './incident/details.ts';
import * as ending from './incident/ending.ts';
import * as escalation from './incident/escalation.ts';
import { added } from './incident/fields.ts';
import * as holds from './incident/hold.ts';
import * as links from './incident/links.ts';
import * as major from './incident/major.ts';
import { interrupt, others, post, tell } from './incident/messages.ts';
import { opening } from './incident/opening.ts';
import * as ownership from './incident/ownership.ts';
import * as people from './incident/people.ts';
import { prioritise, priority, raise } from './incident/priority.ts';
import type { IncidentSituation } from './incident/record.ts';
import { shownToRequesters } from './incident/requesters.ts';
import { anyState, ended, isEnded, isOpen, isUntouched, open } from './incident/states.ts';

const desk = ['agent', 'resolver', 'manager'] as const;
const everybody = ['requester', ...desk] as const;
const resolvers = ['resolver', 'manager'] as const;
const managers = ['manager'] as const;
const monitoring = 'integration';

/** The target of the service's level for the priority. */
const agreed =
  (clock: 'respond' | 'resolve' | 'autoClose') =>
  ({ record: { fields }, policy }: IncidentSituation) =>
    targetOf(policy, fields.service, clock, fields.priority);

/**
 * Incident management: restore the service as soon as possible, and keep everybody told. This page says who may do what in which state, what the
 * clocks count, and who hears of what; the rules of each command stand in the file of its subject below incident/.
 */
export const incident = defineProcess({
  name: 'incident',
  plural: 'incidents',
  prefix: 'INC',
  version: 4,

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

  opening: { by: [...everybody, monitoring], ...opening },
  added,
  requesters: shownToRequesters,
  derive: { priority, major: major.major },
})
  .commands({
    // Somebody answers, owns it and begins.
    acknowledge: { from: open, by: desk, ...answer.acknowledge },
    snooze: { from: open, by: desk, ...answer.snooze },
    pageAgain: { from: open, by: ['system'], ...answer.pageAgain },
    assign: { from: open, to: ownership.assigned, by: desk, ...ownership.assign },
    start: { from: ['new', 'assigned'], to: 'inProgress', by: resolvers, ...ownership.start },
    prioritise: { from: open, by: desk, ...prioritise },
    raise: { from: open, by: [monitoring], ...raise },

    // Work waits.
    hold: { from: ['assigned', 'inProgress'], to: 'onHold', by: resolvers, ...holds.hold },
    followUp: { from: ['onHold'], by: ['system'], ...holds.followUp },
    resume: { from: ['onHold'], to: 'inProgress', by: desk, ...holds.resume },

    // It ends, or does not after all.
    resolve: { from: open, to: 'resolved', by: [...resolvers, monitoring], ...ending.resolve },
    reopen: {
      from: ended,
      to: ending.reopened,
      by: [...everybody, monitoring],
      byIn: { closed: managers },
      ...ending.reopen,
    },
    close: { from: ['resolved'], to: 'closed', by: [...everybody, 'system'], ...ending.close },
    cancel: {
      from: open,
      to: 'cancelled',
      by: everybody,
      byIn: { assigned: desk, inProgress: desk, onHold: desk },
      ...ending.cancel,
    },

    // People are paged until somebody answers.
    escalate: { from: open, by: desk, ...escalation.escalate },
    page: { from: open, by: ['system'], ...escalation.page },
    failPage: { from: open, by: ['system'], ...escalation.failPage },
    holdPages: { from: open, by: ['system'], ...escalation.holdPages },
    releasePages: { from: open, by: ['system'], ...escalation.releasePages },
    exhaust: { from: open, by: ['system'], ...escalation.exhaust },

    // People talk.
    comment: { from: anyState, to: holds.answered, by: everybody, ...conversation.comment },
    watch: { from: anyState, by: everybody, ...conversation.watch },
    unwatch: { from: anyState, by: everybody, ...conversation.unwatch },

    // A major incident has a commander, updates for its stakeholders, and a review.
    proposeMajor: { from: open, by: desk, ...major.proposeMajor },
    acceptMajor: { from: open, by: managers, ...major.acceptMajor },
    demoteMajor: { from: [...open, 'resolved'], by: managers, ...major.demoteMajor },
    inform: { from: open, by: desk, ...major.inform },
    remindUpdate: { from: open, by: ['system'], ...major.remindUpdate },
    review: { from: ended, by: resolvers, ...major.review },
    remindReview: { from: ended, by: ['system'], ...major.remindReview },

    // What is known of it is kept complete and true.
    amend: { from: [...open, 'resolved'], by: desk, ...details.amend },
    logWork: { from: [...open, ...ended], by: desk, ...details.logWork },
    attach: { from: anyState, by: [...everybody, 'system'], ...attachments.attach },
    link: { from: [...open, ...ended], by: [...desk, monitoring], ...links.link },
    unlink: { from: [...open, ...ended], by: desk, ...links.unlink },
    noteAlerts: { from: [...open, 'resolved'], by: [monitoring], ...alerts.noteAlerts },
    correct: { from: [...open, ...ended], by: managers, ...details.correct },
    redact: { from: anyState, by: managers, ...details.redact },
    sendAgain: { from: anyState, by: managers, ...details.sendAgain },
    dismissDeadLetter: { from: anyState, by: managers, ...details.dismissDeadLetter },
  })
  .clocks(
    {
      /** From opening until a person answers: assignment, automatic replies and hold never stop it. */
      respond: {
        target: agreed('respond'),
        runsIn: open,
        until: ({ fields }) => fields.respondedAt !== null,
        warnAt: [0.5, 0.75],
      },
      /** From opening until resolved, without the time on hold for a reason that pauses, nor the time spent resolved. */
      resolve: {
        target: agreed('resolve'),
        runsIn: open,
        pausedWhile: holds.pausesResolve,
        warnAt: [0.5, 0.75, 0.9],
      },
      /** From each time that it is resolved. */
      autoClose: {
        target: agreed('autoClose'),
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
      pageAgain: {
        at: ({ state, fields }) =>
          isOpen(state) && (fields.snoozed || isUntouched(state)) ? fields.pageAgainAt : null,
        then: 'pageAgain',
      },
      stakeholderUpdate: {
        at: ({ state, fields }) => (isOpen(state) ? fields.nextUpdateAt : null),
        then: 'remindUpdate',
      },
      review: {
        at: ({ state, fields }) => (isEnded(state) ? fields.reviewDueAt : null),
        then: 'remindReview',
      },
    },
  )
  .reactions(({ during, after, on }) => [
    during('escalation', escalation.needsAnswer, escalation.begin, escalation.isAskedAgain),
    after('escalation', { kind: 'update', of: 'escalation' }),
    on('escalated', escalation.nextStep),
    on('pagesReleased', escalation.goOn, 'escalation'),
    on('majorAccepted', escalation.lookAgain, 'escalation'),
    on('amended', escalation.lookAgain, 'escalation'),
    on('amended', escalation.letGoOfOthers),
    on('resolved', escalation.letGo),
    on('cancelled', escalation.letGo),
    during('majorProposal', major.isProposed, tell('majorProposed', people.lead)),

    on('majorAccepted', tell('majorAccepted', others(people.commander, people.stakeholders))),
    on('paged', interrupt('page', people.paged), 'escalation'),
    on('paged', post('page', 'interrupting', people.placesMeant), 'escalation'),
    on('acknowledged', tell('acknowledged', others(people.alsoPaged))),
    on('acknowledged', post('acknowledged', 'deferrable', people.pagedPlaces)),
    on('escalationExhausted', interrupt('exhausted', people.toldOfSilence), 'escalation'),
    on('escalationExhausted', post('exhausted', 'interrupting', people.placesMeant), 'escalation'),
    on('pageFailed', interrupt('pageFailed', people.lead), 'escalation'),
    on('assigned', tell('assigned', others(people.newOwner))),
    on('followUpDue', tell('followUpDue', people.owner)),
    on('resolve.warned', tell('warned', people.assignee)),
    on('respond.breached', tell('breached', people.lead)),
    on('resolve.breached', tell('breached', people.lead)),
    on('updateDue', tell('updateDue', people.commander)),
    on('reviewDue', tell('reviewDue', people.commander)),
    on('informed', tell('informed', others(people.stakeholders, people.audience))),
    on('opened', tell('opened', people.openedFor)),
    on('commented', tell('commented', others(people.listeners))),
    on('reopened', tell('reopened', others(people.owner))),
    on('heldBack', tell('answerNeeded', people.asked)),
    on('resolved', tell('resolved', others(people.audience, people.stakeholdersOfMajor))),
    on('resolved', post('restored', 'deferrable', people.pagedPlaces)),
  ]);
