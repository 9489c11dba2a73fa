import { unreachable } from '../errors.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { DAY, HOUR, MINUTE, fromIso } from '../time.ts';
import { weekdays } from './schedule.ts';
import type { RotationDefinition, Weekday } from './schedule.ts';
import type { WallClock, WallTime } from './wallClock.ts';

/** A turn of a rotation: [from, to), counted from 0, the turn that the rotation's first day lies in. */
export interface Turn {
  readonly number: number;
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Where the turns of a rotation meet. Hand-overs are times of the wall clock: at 09:00 it is 09:00 on both sides of a
 * clock change, and the turn across it is an hour shorter or longer. Everything is arithmetic: a turn ten years after
 * the start costs as much as the first.
 */
export interface Rotation {
  /** The turn at an instant: the last one whose hand-over has come. Negative before the rotation's first turn. */
  turnAt(at: Instant): number;
  /** The turns in [from, to), cut at both ends. */
  turns(from: Instant, to: Instant): readonly Turn[];
}

/** Hand-overs on the wall clock, without a zone. */
interface Pattern {
  handOver(turn: number): WallTime;
  /** The last turn whose hand-over is not after a time. */
  turnAt(time: WallTime): number;
}

const MONTHS_A_YEAR = 12;

/** `YYYY-MM-DD`, `HH:MM` on the wall clock. */
export function wallTime(date: string, time: string): WallTime {
  return fromIso(date) + Number(time.slice(0, 2)) * HOUR + Number(time.slice(3)) * MINUTE;
}

function everyLength(anchor: WallTime, length: Milliseconds): Pattern {
  return {
    handOver: (turn) => anchor + turn * length,
    turnAt: (time) => Math.floor((time - anchor) / length),
  };
}

/** The last such weekday that is not after a date. */
function weekdayUpTo(date: WallTime, weekday: Weekday): WallTime {
  // 1970-01-01 was a Thursday.
  const today = date / DAY + 3;
  const daysAgo = (((today - weekdays.indexOf(weekday)) % 7) + 7) % 7;
  return date - daysAgo * DAY;
}

function everyMonths(
  start: WallTime,
  every: number,
  day: number,
  timeOfDay: Milliseconds,
): Pattern {
  const monthOf = (time: WallTime) => {
    const date = new Date(time);
    return date.getUTCFullYear() * MONTHS_A_YEAR + date.getUTCMonth();
  };
  /** In a month that is too short for the day it is the month's last day, as Temporal's overflow "constrain" has it. */
  const inMonth = (month: number): WallTime => {
    const year = Math.floor(month / MONTHS_A_YEAR);
    const lastDay = new Date(Date.UTC(year, (month % MONTHS_A_YEAR) + 1, 0)).getUTCDate();
    return Date.UTC(year, month % MONTHS_A_YEAR, Math.min(day, lastDay)) + timeOfDay;
  };
  const lastUpTo = (time: WallTime): number => {
    const month = monthOf(time);
    return inMonth(month) <= time ? month : month - 1;
  };
  const anchor = lastUpTo(start);
  return {
    handOver: (turn) => inMonth(anchor + turn * every),
    turnAt: (time) => Math.floor((lastUpTo(time) - anchor) / every),
  };
}

function patternOf(rotation: RotationDefinition, startDate: string): Pattern {
  const start = wallTime(startDate, rotation.handOver);
  const midnight = fromIso(startDate);
  switch (rotation.kind) {
    case 'hourly':
      return everyLength(start, rotation.every * HOUR);
    case 'daily':
      return everyLength(start, rotation.every * DAY);
    case 'weekly':
      return everyLength(
        weekdayUpTo(midnight, rotation.weekday) + start - midnight,
        rotation.every * 7 * DAY,
      );
    case 'monthly':
      return everyMonths(start, rotation.every, rotation.dayOfMonth, start - midnight);
    default:
      return unreachable(rotation);
  }
}

/** @param start the date (`YYYY-MM-DD`) that lies in turn 0 */
export function makeRotation(
  definition: RotationDefinition,
  start: string,
  clock: WallClock,
): Rotation {
  const pattern = patternOf(definition, start);
  const handOver = (turn: number): Instant => clock.when(pattern.handOver(turn));

  function turnAt(at: Instant): number {
    let turn = pattern.turnAt(clock.shows(at));
    // A clock change moves a hand-over away from what the wall clock shows: a skipped one comes later than that,
    // of a repeated hour all have come the first time. Only an hourly rotation takes more than one step.
    while (handOver(turn) > at) turn--;
    while (handOver(turn + 1) <= at) turn++;
    return turn;
  }

  return {
    turnAt,
    turns(from, to) {
      const turns: Turn[] = [];
      const first = turnAt(from);
      // Backwards, because where a change skips more time than a turn lasts a later hand-over may come first:
      // then the turns before it are lost, as `turnAt` has it.
      for (let number = turnAt(to), end = to; number >= first && from < end; number--) {
        const start = number === first ? from : Math.min(handOver(number), end);
        if (start < end) turns.push({ number, from: start, to: end });
        end = start;
      }
      return turns.reverse();
    },
  };
}
