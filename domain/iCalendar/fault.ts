/** Where a calendar cannot be taken, and why. */
export interface CalendarFault {
  /** The line of the file, counted from 1. */
  readonly line: number;
  /** Of the event, when the fault lies within one that has an UID. */
  readonly uid?: string;
  /** What to mend. */
  readonly reason: string;
  /** The name that stands for nobody, when that is the fault. */
  readonly unknownPerson?: string;
}

/**
 * Ends the reading of one event, or of the whole calendar, from any depth. Thrown and caught within this folder only: what leaves it are
 * values (`CalendarFault`).
 */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly line: number;
  readonly unknownPerson: string | undefined;

  constructor(line: number, reason: string, unknownPerson?: string) {
    super(reason);
    this.line = line;
    this.unknownPerson = unknownPerson;
  }
}

/** The fault that an error tells of. Every other error is thrown on. */
export function faultOf(error: unknown, uid?: string): CalendarFault {
  if (!(error instanceof Unreadable)) throw error;
  const { line, message: reason, unknownPerson } = error;
  return {
    line,
    ...(uid !== undefined && { uid }),
    reason,
    ...(unknownPerson !== undefined && { unknownPerson }),
  };
}

/** Where and why, in one line. */
export function faultInWords({ line, uid, reason }: CalendarFault): string {
  return `line ${line}${uid === undefined ? '' : ` (UID ${quote(uid)})`}: ${reason}`;
}

const LONGEST_QUOTE = 60;

/** What a file says, for a reason: shortened, and on one line. */
export function quote(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return `"${line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line}"`;
}
