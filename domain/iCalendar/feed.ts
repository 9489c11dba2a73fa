import { mendText } from '../text.ts';
import type { Instant } from '../time.ts';
import { toIso } from '../time.ts';

/** A shift as subscribers see it. */
export interface FeedShift {
  /** The same for the same shift in every version of the feed (`feedUid`). */
  readonly uid: string;
  readonly from: Instant;
  readonly to: Instant;
  /** One line: the person in the feed of a schedule, the schedule in the feed of a person. */
  readonly summary: string;
  readonly description?: string;
}

export interface CalendarFeed {
  readonly name: string;
  /** When the feed was made. */
  readonly stampedAt: Instant;
  /** How often subscribers should ask again. */
  readonly refreshMinutes: number;
  readonly shifts: readonly FeedShift[];
}

/** Octets of a line without its CRLF (RFC 5545 §3.1). */
const LONGEST_LINE = 75;

/** A TEXT (RFC 5545 §3.3.11) from strangers: of control characters only tabs may stand in it, and line feeds when they are escaped. */
function escaped(text: string): string {
  return mendText(text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])\p{Cc}/gu, ''))
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n');
}

function octets(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** Folds between characters; a continuation begins with a space, which counts. */
function fold(line: string): string {
  let folded = '';
  let length = 0;
  for (const character of line) {
    length += octets(character);
    if (length > LONGEST_LINE) {
      folded += '\r\n ';
      length = 1 + octets(character);
    }
    folded += character;
  }
  return folded;
}

const text = (name: string, value: string): string => fold(`${name}:${escaped(value)}`);
const time = (name: string, at: Instant): string =>
  `${name}:${toIso(at).replace(/[-:]|\.\d+/g, '')}`;

function eventLines({ uid, from, to, summary, description }: FeedShift, stamp: string): string[] {
  return [
    'BEGIN:VEVENT',
    text('UID', uid),
    stamp,
    time('DTSTART', from),
    time('DTEND', to),
    text('SUMMARY', summary),
    ...(description === undefined ? [] : [text('DESCRIPTION', description)]),
    // Who is on call is free for other appointments.
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

/**
 * An UID that is the same whenever the same shift is exported, and nobody else's.
 * @param host of this installation
 */
export function feedUid(
  { schedule, person, from }: { schedule: string; person: string; from: Instant },
  host: string,
): string {
  return [schedule, person, String(from)].map(encodeURIComponent).join('/') + `@${host}`;
}

/** The feed as an iCalendar object (RFC 5545, RFC 7986): UTF-8, CRLF, times in UTC and whole seconds. */
export function writeFeed({ name, stampedAt, refreshMinutes, shifts }: CalendarFeed): string {
  const refresh = `PT${refreshMinutes}M`;
  const stamp = time('DTSTAMP', stampedAt);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Provisor//On-call//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    text('NAME', name),
    text('X-WR-CALNAME', name),
    `REFRESH-INTERVAL;VALUE=DURATION:${refresh}`,
    `X-PUBLISHED-TTL:${refresh}`,
    ...shifts.flatMap((shift) => eventLines(shift, stamp)),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}
