import type { DomainEvent } from '../domain/process.ts';

/** What one kind of message says. */
export interface Wording {
  /** The last part of the CloudEvents type, in the past tense. */
  readonly event: string;
  readonly heading: string;
  /** What happened. */
  readonly says: string;
  /** What the reader should do about it. */
  readonly todo: string;
  /** The part of the cause's data that holds the words of a person, which the message passes on. */
  readonly quotes?: string;
  /** Also for people outside: it tells how the record stands, and no deadlines, priority or team. */
  readonly isPublic?: true;
  /** Worth waking somebody; what does not say so can wait for the morning. */
  readonly urgency?: 'interrupting';
}

/** The clock of a warning or breach, in words: `time to resolve`. */
function timeOf(cause: DomainEvent | undefined): string {
  const clock = cause?.data['clock'];
  return typeof clock === 'string' ? `time to ${clock}` : 'time';
}

function percentOf(cause: DomainEvent | undefined): string {
  const share = cause?.data['share'];
  return typeof share === 'number' ? `${Math.round(share * 100)} %` : 'Most';
}

/** Whether an acknowledgement ended the escalation; one of several that the policy asks for does not. */
function isAnswer(cause: DomainEvent | undefined): boolean {
  return cause === undefined || typeof cause.change.fields?.['answeredAt'] === 'number';
}

/** Whom a page did not reach, by the keys of the policy: `ann by webhook`. */
function pageOf(cause: DomainEvent | undefined): string {
  const { person, channel } = cause?.data ?? {};
  return typeof person === 'string' && typeof channel === 'string'
    ? `${person} by ${channel}`
    : 'its dead letter says whose';
}

const wordings: Readonly<Record<string, (cause: DomainEvent | undefined) => Wording>> = {
  page: () => ({
    event: 'paged',
    heading: 'Page',
    says: 'Nobody has acknowledged this yet.',
    todo: 'Acknowledge it, which stops the escalation, then begin to work on it.',
    urgency: 'interrupting',
  }),
  warned: (cause) => ({
    event: 'warned',
    heading: 'Warning',
    says: `${percentOf(cause)} of the ${timeOf(cause)} is used up.`,
    todo: 'Finish it in time, or give it to somebody who can.',
  }),
  breached: (cause) => ({
    event: 'breached',
    heading: 'Breach',
    says: `The ${timeOf(cause)} has run out.`,
    todo: 'See who works on it and what is missing.',
  }),
  exhausted: () => ({
    event: 'exhausted',
    heading: 'Nobody answered',
    says: 'The escalation came to its end without an answer: nobody else will be paged.',
    todo: 'Acknowledge it yourself, or find somebody who does.',
    urgency: 'interrupting',
  }),
  acknowledged: (cause) => ({
    event: 'acknowledged',
    heading: 'Acknowledged',
    ...(isAnswer(cause)
      ? {
          says: 'Somebody has taken this on: nobody else will be paged.',
          todo: 'Nothing is to be done, unless they ask for help.',
        }
      : {
          says: 'Somebody has seen it, and the policy asks for more people.',
          todo: 'Acknowledge it too if you were paged.',
        }),
  }),
  pageFailed: (cause) => ({
    event: 'pageFailed',
    heading: 'Page failed',
    says: `A page did not get through and was given up: ${pageOf(cause)}.`,
    todo: 'See that somebody acknowledges it, then mend the channel: the list of dead letters says why it failed.',
  }),
  assigned: () => ({
    event: 'assigned',
    heading: 'Assigned',
    says: 'It was given to you or to your team.',
    todo: 'Begin to work on it, or give it to somebody who can.',
  }),
  restored: () => ({
    event: 'restored',
    heading: 'Restored',
    says: 'Service is restored:',
    todo: 'Nothing is to be done.',
    quotes: 'notes',
  }),
  reopened: () => ({
    event: 'reopened',
    heading: 'Reopened',
    says: 'It is not restored after all:',
    todo: 'Go on to work on it, or give it to somebody who can.',
    quotes: 'reason',
  }),
  followUpDue: () => ({
    event: 'followUpDue',
    heading: 'Follow-up',
    says: 'It is on hold, and the time to look at it again has come.',
    todo: 'Ask how it stands, then resume it or hold it with a new follow-up.',
  }),
  majorProposed: () => ({
    event: 'majorProposed',
    heading: 'Major incident proposed',
    says: 'It is proposed as a major incident.',
    todo: 'Have a manager accept it and name a commander, or demote it.',
  }),
  majorAccepted: () => ({
    event: 'majorAccepted',
    heading: 'Major incident',
    says: 'It is led as a major incident.',
    todo: 'Its commander sees to it that the stakeholders are kept informed.',
  }),
  updateDue: () => ({
    event: 'updateDue',
    heading: 'Update due',
    says: 'The stakeholders are owed an update.',
    todo: 'Tell them how it stands, also when nothing is new.',
  }),
  reviewDue: () => ({
    event: 'reviewDue',
    heading: 'Review due',
    says: 'The review of this major incident is due.',
    todo: 'Hold it and record what it found.',
  }),
  opened: () => ({
    event: 'opened',
    heading: 'Received',
    says: 'We have received this and will look into it.',
    todo: 'Nothing is to be done: you will hear from us. Add a comment if you know more.',
    isPublic: true,
  }),
  commented: () => ({
    event: 'commented',
    heading: 'Comment',
    says: 'There is a new comment:',
    todo: 'Answer with a comment if there is something to say.',
    quotes: 'text',
    isPublic: true,
  }),
  informed: () => ({
    event: 'informed',
    heading: 'Update',
    says: 'This is how it stands:',
    todo: 'Nothing is to be done: you will hear from us again.',
    quotes: 'text',
    isPublic: true,
  }),
  answerNeeded: () => ({
    event: 'answerNeeded',
    heading: 'Your answer is needed',
    says: 'Work on this waits for your answer:',
    todo: 'Answer with a comment, and it goes on.',
    quotes: 'comment',
    isPublic: true,
  }),
  resolved: () => ({
    event: 'resolved',
    heading: 'Resolved',
    says: 'We consider this resolved:',
    todo: 'Close it if you agree; reopen it if it is not resolved for you.',
    quotes: 'notes',
    isPublic: true,
  }),
};

/** The words for a message; one that a process of the organisation's own brings along is told by its name. @param cause the event that asked for it */
export function wordingOf(message: string, cause: DomainEvent | undefined): Wording {
  const known = Object.hasOwn(wordings, message) ? wordings[message] : undefined;
  if (known !== undefined) return known(cause);
  const todo = 'Look at the record.';
  return { event: message, heading: 'Notice', says: `The process says: ${message}.`, todo };
}
