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

const wordings: Readonly<Record<string, (cause: DomainEvent | undefined) => Wording>> = {
  page: () => ({
    event: 'paged',
    heading: 'Page',
    says: 'Nobody has acknowledged this yet.',
    todo: 'Acknowledge it, which stops the escalation, then begin to work on it.',
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
  }),
};

/** The words for a message; one that a process of the organisation's own brings along is told by its name. @param cause the event that asked for it */
export function wordingOf(message: string, cause: DomainEvent | undefined): Wording {
  const known = Object.hasOwn(wordings, message) ? wordings[message] : undefined;
  if (known !== undefined) return known(cause);
  const todo = 'Look at the record.';
  return { event: message, heading: 'Notice', says: `The process says: ${message}.`, todo };
}
