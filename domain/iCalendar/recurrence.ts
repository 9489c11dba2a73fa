import { RRuleTemporal } from 'rrule-temporal';
import type { WallTime } from '../onCall/wallClock.ts';
import type { Milliseconds } from '../time.ts';
import { DAY, HOUR, MINUTE, SECOND, toIso } from '../time.ts';
import type { Budget } from './budget.ts';
import type { RawProperty } from './component.ts';
import { Unreadable } from './fault.ts';
import { plainTime } from './moment.ts';
import type { PlainTime } from './moment.ts';
import { readProperty, reasonOf } from './property.ts';

const UNITS = {
  SECONDLY: SECOND,
  MINUTELY: MINUTE,
  HOURLY: HOUR,
  DAILY: DAY,
  WEEKLY: 7 * DAY,
  MONTHLY: 28 * DAY,
  YEARLY: 365 * DAY,
} as const satisfies Record<string, Milliseconds>;

type Frequency = keyof typeof UNITS;

/** The parts of an RRULE (RFC 5545 §3.3.10); numbers as the file lists them, each once. */
interface Parts {
  readonly freq: Frequency;
  readonly interval: number;
  readonly count?: number;
  readonly byMonth?: number[];
  readonly byWeekNo?: number[];
  readonly byYearDay?: number[];
  readonly byMonthDay?: number[];
  readonly byDay?: string[];
  readonly byHour?: number[];
  readonly byMinute?: number[];
  readonly bySecond?: number[];
  readonly bySetPos?: number[];
  readonly wkst?: string;
}

/** An RRULE. Its times are those of the wall clock of the event's zone. */
export interface RecurrenceRule {
  readonly line: number;
  readonly parts: Parts;
  readonly until: PlainTime | undefined;
}

const LISTS = {
  bymonth: 'byMonth',
  byweekno: 'byWeekNo',
  byyearday: 'byYearDay',
  bymonthday: 'byMonthDay',
  byhour: 'byHour',
  byminute: 'byMinute',
  bysecond: 'bySecond',
  bysetpos: 'bySetPos',
} as const;
const NEVER_ZERO = ['byweekno', 'byyearday', 'bymonthday', 'bysetpos'];
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const KNOWN = ['freq', 'interval', 'count', 'until', 'wkst', 'byday', ...Object.keys(LISTS)];

/** ical.js reads a number from its first digits, and takes an interval of 0 for 1. */
const UNSOUND_NUMBER = /(?:^|;)(COUNT|INTERVAL)=(?!0*[1-9]\d{0,8}(?:;|$))/i;

/** @throws Unreadable when a part is unknown, or has a value that it may not have */
export function readRule(property: RawProperty): RecurrenceRule {
  const { line } = property;
  const { values, written } = readProperty(property);
  const rule = values[0] as Record<string, unknown>;
  if (rule['freq'] === undefined) {
    throw new Unreadable(line, 'the rule needs a FREQ, as in FREQ=WEEKLY');
  }
  const unsound = UNSOUND_NUMBER.exec(written)?.[1];
  if (unsound !== undefined) throw new Unreadable(line, `${unsound} must be a number from 1`);
  const unknown = Object.keys(rule).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new Unreadable(
      line,
      `${unknown.toUpperCase()} is no part of a rule that can be followed`,
    );
  }
  const listed = (name: string) => (rule[name] === undefined ? [] : [rule[name]].flat());
  const zero = NEVER_ZERO.find((name) => listed(name).includes(0));
  if (zero !== undefined)
    throw new Unreadable(line, `${zero.toUpperCase()} counts from 1 or -1: 0 is none`);
  const lists = Object.entries(LISTS)
    .filter(([name]) => rule[name] !== undefined)
    .map(([name, option]) => [option, listed(name)]);
  const wkst = rule['wkst'];
  const parts = {
    freq: rule['freq'],
    interval: rule['interval'] ?? 1,
    ...(rule['count'] !== undefined && { count: rule['count'] }),
    ...(rule['byday'] !== undefined && { byDay: listed('byday') }),
    ...(typeof wkst === 'number' && { wkst: WEEKDAYS[wkst - 1] }),
    ...(Object.fromEntries(lists) as object),
  } as Parts;
  const [, untilText] = /(?:^|;)UNTIL=([^;]*)/i.exec(written) ?? [];
  const until = untilText === undefined ? undefined : plainTime(untilText, line);
  const read = { line, parts, until };
  // A combination that RFC 5545 forbids is refused here, whether or not the rule reaches into the window.
  iterator(read, 0, undefined);
  return read;
}

/** A wall-clock time, as if the clock stood in Greenwich: so a rule never meets a change of clocks. */
const onTheWall = (time: WallTime) => ({
  timeZoneId: 'UTC',
  toString: () => `${toIso(time).replace('Z', '+00:00')}[UTC]`,
});

/** Periods, and dates within one, that a rule may try: above what a budget allows, for that refuses first. */
const MOST_ITERATIONS = 1_000_000;

function iterator({ line, parts }: RecurrenceRule, start: WallTime, until: WallTime | undefined) {
  try {
    return new RRuleTemporal({
      ...parts,
      dtstart: onTheWall(start),
      ...(until !== undefined && { until: onTheWall(until) }),
      tzid: 'UTC',
      // DTSTART is the first of the set, also where the rule would not have it (RFC 5545 §3.8.5.3).
      includeDtstart: true,
      strict: true,
      cache: false,
      maxIterations: MOST_ITERATIONS,
      maxCandidateEvaluations: MOST_ITERATIONS,
    });
  } catch (error) {
    throw new Unreadable(line, `RRULE cannot be followed: ${reasonOf(error)}`);
  }
}

/** An upper bound of the dates that a period has in a rule. */
function datesAPeriod({ freq, byMonth, byWeekNo, byYearDay, byMonthDay, byDay }: Parts): number {
  const everyWeek = byDay?.some((day) => day.length === 2) ?? false;
  const aMonth = everyWeek ? 31 : Math.max(byMonthDay?.length ?? 1, byDay?.length ?? 1);
  switch (freq) {
    case 'YEARLY':
      if (byWeekNo !== undefined || (everyWeek && byMonth === undefined)) return 366;
      return Math.max(byYearDay?.length ?? 1, aMonth * (byMonth?.length ?? (byMonthDay ? 12 : 1)));
    case 'MONTHLY':
      return aMonth;
    case 'WEEKLY':
      return byDay?.length ?? 1;
    case 'DAILY':
    case 'HOURLY':
    case 'MINUTELY':
    case 'SECONDLY':
      return 1;
  }
}

/** An upper bound of the times of day that a date has in a rule; of a rule within the day, of the times that a period has. */
function timesADate({ freq, byHour, byMinute, bySecond }: Parts): number {
  const unit = UNITS[freq];
  const hours = unit >= DAY ? (byHour?.length ?? 1) : 1;
  const minutes = unit >= HOUR ? (byMinute?.length ?? 1) : 1;
  const seconds = unit >= MINUTE ? (bySecond?.length ?? 1) : 1;
  return hours * minutes * seconds;
}

/** Periods that a counted rule needs to have all its dates; without a bound when a part may leave periods out for long. */
function periodsOfCount({
  count,
  byMonth,
  byWeekNo,
  byYearDay,
  byMonthDay,
  bySetPos,
  byHour,
  byMinute,
  bySecond,
  ...parts
}: Parts): number {
  const limits = [byMonth, byWeekNo, byYearDay, byMonthDay, bySetPos];
  const limitsWithinDay = UNITS[parts.freq] < DAY ? [byHour, byMinute, bySecond, parts.byDay] : [];
  const mayLeaveOut = [...limits, ...limitsWithinDay].some((list) => list !== undefined);
  return count === undefined || mayLeaveOut ? Infinity : count * 7;
}

/** Making a rule costs 0.2 ms, whatever it yields. */
const STEPS_A_RULE = 5;
/** Counting goes the library's slow way, period by period: 50 µs each. */
const STEPS_A_COUNTED_DATE = 5;

/** An upper bound of the dates that a rule tries to fill [from, to]. */
function stepsOf(parts: Parts, from: WallTime, to: WallTime): number {
  const span = Math.max(0, to - from);
  const periods = Math.min(
    Math.ceil(span / (UNITS[parts.freq] * parts.interval)) + 1,
    periodsOfCount(parts),
  );
  const stepsADate = parts.count === undefined ? 1 : STEPS_A_COUNTED_DATE;
  return STEPS_A_RULE + periods * datesAPeriod(parts) * timesADate(parts) * stepsADate;
}

/**
 * The dates of a rule within [from, to], in order, `start` included if it lies there.
 * @param until the last that may be one
 * @throws Unreadable when the budget does not suffice
 */
export function recurrences(
  rule: RecurrenceRule,
  window: {
    readonly start: WallTime;
    readonly until: WallTime | undefined;
    readonly from: WallTime;
    readonly to: WallTime;
  },
  budget: Budget,
): readonly WallTime[] {
  const { start, until, from, to } = window;
  const end = Math.min(to, until ?? Infinity);
  // A counted rule counts from its start, however long ago that is.
  const begin = rule.parts.count === undefined ? Math.max(start, from) : start;
  budget.spend(stepsOf(rule.parts, begin, end), rule.line);
  if (begin > end) return start >= from && start <= to ? [start] : [];
  return iterator(rule, start, until)
    .between(new Date(from), new Date(to), true)
    .map(({ epochMilliseconds }) => epochMilliseconds);
}
