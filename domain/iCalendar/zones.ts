import { wallClock, wallClockOf } from '../onCall/wallClock.ts';
import type { WallClock } from '../onCall/wallClock.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../time.ts';
import { isTimeZone } from '../zone.ts';
import type { Budget } from './budget.ts';
import { propertiesOf, propertyOf } from './component.ts';
import type { Component } from './component.ts';
import { Unreadable, quote } from './fault.ts';
import { momentOf, momentsOf } from './moment.ts';
import type { ClockOf } from './moment.ts';
import { readProperty, textOf } from './property.ts';
import { readRule, recurrences } from './recurrence.ts';
import { windowsZone } from './windowsZones.ts';

/** From here on a zone that a file defines changes its clocks by its rules. */
const FIRST_CHANGE: Instant = 0;

/** When a zone begins to keep an offset, and which it kept before; local time = UTC + offset. */
interface Onset {
  readonly at: Instant;
  readonly offset: Milliseconds;
  readonly before: Milliseconds;
}

function offsetOf(observance: Component, name: string): Milliseconds {
  const property = propertyOf(observance, name);
  const { line } = property ?? observance;
  const value = property && readProperty(property).written;
  const parts = /^([+-])(\d\d)([0-5]\d)([0-5]\d)?$/.exec(value ?? '');
  if (parts === null) throw new Unreadable(line, `${name} must be an offset such as +0100`);
  const [, sign, hours, minutes, seconds = '0'] = parts;
  const size = Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND;
  // No zone is a day from Greenwich, and to look up a wall-clock time takes it for granted.
  if (size >= DAY) throw new Unreadable(line, `${name} must be less than a day`);
  return sign === '-' ? -size : size;
}

/** The onsets of a STANDARD or DAYLIGHT (RFC 5545 §3.6.5): its times are local, in the offset that it ends. */
function onsetsOf(observance: Component, until: Instant, budget: Budget): Onset[] {
  const before = offsetOf(observance, 'TZOFFSETFROM');
  const offset = offsetOf(observance, 'TZOFFSETTO');
  const clockBefore: WallClock = { shows: (at) => at + before, when: (time) => time - before };
  const clockOf = (): WallClock => clockBefore;
  const dtstart = propertyOf(observance, 'DTSTART');
  if (dtstart === undefined)
    throw new Unreadable(observance.line, `${observance.name} needs a DTSTART`);
  const start = momentOf(readProperty(dtstart), clockOf);
  const dates = propertiesOf(observance, 'RDATE').flatMap((property) =>
    momentsOf(readProperty(property), clockOf),
  );
  budget.spend(1 + dates.length, observance.line);
  const ruled = propertiesOf(observance, 'RRULE').flatMap((property) => {
    const rule = readRule(property);
    const last = rule.until && rule.until.wall + (rule.until.isUtc ? before : 0);
    const window = { start: start.wall, until: last, from: FIRST_CHANGE, to: until + DAY };
    return recurrences(rule, window, budget);
  });
  return [start.wall, ...dates.map(({ wall }) => wall), ...ruled].map((wall) => ({
    at: clockBefore.when(wall),
    offset,
    before,
  }));
}

/** The clock that a VTIMEZONE defines, right up to `until`. */
function definedClock(zone: Component, until: Instant, budget: Budget): WallClock {
  const onsets = zone.components
    .filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT')
    .flatMap((observance) => onsetsOf(observance, until, budget))
    .sort((a, b) => a.at - b.at);
  const [first] = onsets;
  if (first === undefined)
    throw new Unreadable(zone.line, 'VTIMEZONE needs a STANDARD or a DAYLIGHT');
  return wallClockOf((at) => {
    let [low, high] = [0, onsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((onsets[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return onsets[low - 1]?.offset ?? first.before;
  });
}

export interface ZoneOptions {
  /** Of times that name no zone, and of dates: a name as a TZID has it. */
  readonly timeZone: string;
  /** How far ahead the zones that the file defines are needed. */
  readonly until: Instant;
}

/**
 * Finds the clock of a TZID. A name such as `Europe/Berlin` stands for IANA's zone, whatever the file says of it: definitions in files are often
 * cut down to one year's rule. Every other name stands for the file's VTIMEZONE, or else for the zone that IANA or Windows calls so.
 */
export function makeZones(
  calendar: Component,
  { timeZone, until }: ZoneOptions,
  budget: Budget,
): ClockOf {
  const definitions = new Map(
    calendar.components
      .filter(({ name }) => name === 'VTIMEZONE')
      .map((zone) => [textOf(propertyOf(zone, 'TZID')), zone]),
  );
  const clocks = new Map<string, WallClock>();

  function clockNamed(name: string, line: number): WallClock {
    const definition = name.includes('/') && isTimeZone(name) ? undefined : definitions.get(name);
    if (definition !== undefined) return definedClock(definition, until, budget);
    const known = isTimeZone(name) ? name : windowsZone(name);
    if (known !== undefined) return wallClock(known);
    throw new Unreadable(
      line,
      `${quote(name)} is no time zone: neither IANA's, nor one of Windows, nor defined in this file`,
    );
  }

  return (tzid = timeZone, line) => {
    const clock = clocks.get(tzid) ?? clockNamed(tzid, line);
    clocks.set(tzid, clock);
    return clock;
  };
}
