import type { WallClock, WallTime } from '../onCall/wallClock.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { DAY, HOUR, MINUTE, SECOND, toIso } from '../time.ts';
import { Unreadable, quote } from './fault.ts';
import { parameterOf } from './property.ts';
import type { Property } from './property.ts';

/** A DATE-TIME, or a DATE as its midnight (RFC 5545 §3.3.4, §3.3.5). */
export interface Moment {
  readonly isDate: boolean;
  /** What `clock` shows at it. */
  readonly wall: WallTime;
  readonly clock: WallClock;
  readonly at: Instant;
}

/** The clock that a TZID stands for, or without one that of times which name no zone. */
export type ClockOf = (tzid: string | undefined, line: number) => WallClock;

/** A value without its zone. */
export interface PlainTime {
  readonly isDate: boolean;
  readonly isUtc: boolean;
  readonly wall: WallTime;
}

const utc: WallClock = { shows: (at) => at, when: (time) => time };

/**
 * A date or time: `20261122`, `20261122T090000`, `20261122T090000Z`.
 * @throws Unreadable when there is no such date or time
 */
export function plainTime(text: string, line: number): PlainTime {
  const parts =
    /^(\d{4})(\d\d)(\d\d)(?:T([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(Z?))?$/.exec(text) ?? [];
  const [, year, month, day, hour, minute, second, z] = parts;
  const date = [year, month, day].join('-');
  const midnight = Date.parse(date);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(midnight) || !toIso(midnight).startsWith(date)) {
    throw new Unreadable(line, `${quote(text)} is no date or time such as 20261122T090000Z`);
  }
  // A leap second, 60, is the second after it.
  const time =
    Number(hour ?? 0) * HOUR + Number(minute ?? 0) * MINUTE + Number(second ?? 0) * SECOND;
  return { isDate: hour === undefined, isUtc: z === 'Z', wall: midnight + time };
}

function momentAt(value: string, property: Property, clockOf: ClockOf): Moment {
  const { isDate, isUtc, wall } = plainTime(value, property.line);
  const tzid = isDate ? undefined : parameterOf(property, 'tzid');
  const clock = isUtc ? utc : clockOf(tzid, property.line);
  return { isDate, wall, clock, at: clock.when(wall) };
}

/** @throws Unreadable when a value is no date or time, or its zone does not exist */
export function momentsOf(property: Property, clockOf: ClockOf): readonly Moment[] {
  const { name, line, type, written } = property;
  if (type !== 'date' && type !== 'date-time') {
    throw new Unreadable(line, `${name} is a ${quote(type)}; it must be a DATE-TIME or a DATE`);
  }
  return written.split(',').map((value) => momentAt(value, property, clockOf));
}

/** @throws Unreadable unless the property has exactly one value, a date or time in a zone that exists */
export function momentOf(property: Property, clockOf: ClockOf): Moment {
  const [moment, second] = momentsOf(property, clockOf);
  if (moment !== undefined && second === undefined) return moment;
  throw new Unreadable(property.line, `${property.name} must have one value`);
}

/** How long an event lasts: first `wall` on the wall clock, then `exact` in real time. */
export interface Span {
  readonly wall: Milliseconds;
  readonly exact: Milliseconds;
}

/**
 * A DURATION (RFC 5545 §3.3.6): its weeks and days are those of the wall clock, its hours, minutes and seconds are exact.
 * @throws Unreadable when it is none, or negative
 */
export function spanOf(text: string, line: number): Span {
  const parts =
    /^\+?P(?=.)(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/.exec(
      text,
    );
  if (parts === null) {
    throw new Unreadable(line, `${quote(text)} is no duration such as PT8H, P1D or P1W`);
  }
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return {
    wall: (weeks * 7 + days) * DAY,
    exact: hours * HOUR + minutes * MINUTE + seconds * SECOND,
  };
}

/** One value of an RDATE: a start, and with VALUE=PERIOD an end of its own. */
export interface Period {
  readonly start: Moment;
  readonly end: Instant | undefined;
}

/** When something that begins at a wall-clock time ends. */
export function endOf(clock: WallClock, start: WallTime, span: Span): Instant {
  return clock.when(start + span.wall) + span.exact;
}

/** @throws Unreadable when a value is no date, time or period */
export function periodsOf(property: Property, clockOf: ClockOf): readonly Period[] {
  if (property.type !== 'period') {
    return momentsOf(property, clockOf).map((start) => ({ start, end: undefined }));
  }
  return property.written.split(',').map((value) => {
    const [from = '', to = ''] = value.split('/');
    const start = momentAt(from, property, clockOf);
    const isDuration = /^[+-]?P/.test(to);
    const end = isDuration
      ? endOf(start.clock, start.wall, spanOf(to, property.line))
      : momentAt(to, property, clockOf).at;
    return { start, end };
  });
}
