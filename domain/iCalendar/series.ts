import type { WallTime } from '../onCall/wallClock.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { DAY, SECOND } from '../time.ts';
import type { Budget } from './budget.ts';
import type { CalendarEvent } from './event.ts';
import { Unreadable } from './fault.ts';
import { groupBy } from './groupBy.ts';
import { endOf } from './moment.ts';
import type { Moment } from './moment.ts';
import { recurrences } from './recurrence.ts';
import type { RecurrenceRule } from './recurrence.ts';

/** [from, to). */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/** One instance of an event. */
export interface Occurrence {
  readonly from: Instant;
  readonly to: Instant;
  /** What tells who is meant, and where it stands. */
  readonly event: CalendarEvent;
}

/** The events of one UID: the one that repeats, and what became of single instances of it. */
export interface Series {
  readonly master: CalendarEvent | undefined;
  /** In order of the instances that they stand for. */
  readonly changes: readonly Change[];
}

type Change = CalendarEvent & { readonly instance: NonNullable<CalendarEvent['instance']> };

const isChange = (event: CalendarEvent): event is Change => event.instance !== undefined;

/** Of several versions of one event the last counts, by SEQUENCE. */
function newestOf(events: readonly CalendarEvent[]): CalendarEvent | undefined {
  const highest = Math.max(...events.map(({ sequence }) => sequence));
  const [newest, second] = events.filter(({ sequence }) => sequence === highest);
  if (second !== undefined) {
    throw new Unreadable(second.line, 'another event has the same UID and the same SEQUENCE');
  }
  return newest;
}

/**
 * @param events all that have one UID
 * @throws Unreadable when two of them claim to be the same
 */
export function makeSeries(events: readonly CalendarEvent[]): Series {
  const changes = groupBy(events.filter(isChange), ({ instance }) => instance.id.at);
  return {
    master: newestOf(events.filter((event) => !isChange(event))),
    changes: [...changes.values()]
      .map(newestOf)
      .filter((event) => event !== undefined)
      .filter(isChange)
      .sort((a, b) => a.instance.id.at - b.instance.id.at),
  };
}

/** An instance as the series itself has it. */
interface Instance {
  readonly at: Instant;
  readonly wall: WallTime;
  /** An end of its own (VALUE=PERIOD). */
  readonly end: Instant | undefined;
}

function lastOf({ until }: RecurrenceRule, { clock }: Moment): WallTime | undefined {
  if (until === undefined) return undefined;
  if (until.isDate) return until.wall + DAY - SECOND;
  return until.isUtc ? clock.shows(until.wall) : until.wall;
}

/** The instances that may begin in a window of the wall clock, in order, each once. */
function instancesOf(
  { start, rules, periods }: CalendarEvent,
  { from, to }: { readonly from: WallTime; readonly to: WallTime },
  budget: Budget,
): readonly Instance[] {
  const instances = new Map<Instant, Instance>();
  const add = (instance: Instance) => instances.set(instance.at, instance);
  add({ at: start.at, wall: start.wall, end: undefined });
  for (const rule of rules) {
    const window = { start: start.wall, until: lastOf(rule, start), from, to };
    for (const wall of recurrences(rule, window, budget)) {
      add({ at: start.clock.when(wall), wall, end: undefined });
    }
  }
  for (const period of periods) {
    // A date among times means the same time of day; a date of all-day events is one of this zone.
    const wall = period.start.isDate
      ? period.start.wall + (start.isDate ? 0 : start.wall - dayOf(start.wall) * DAY)
      : start.clock.shows(period.start.at);
    const at = period.start.isDate ? start.clock.when(wall) : period.start.at;
    add({ at, wall, end: period.end });
  }
  return [...instances.values()].sort((a, b) => a.at - b.at);
}

const dayOf = (wall: WallTime): number => Math.floor(wall / DAY);

/** Tells whether an instance is among moments that were named by their time, or, for short, by their date. */
function namedBy(moments: readonly Moment[]): (instance: Instance) => boolean {
  const times = new Set(moments.filter(({ isDate }) => !isDate).map(({ at }) => at));
  const days = new Set(moments.filter(({ isDate }) => isDate).map(({ wall }) => dayOf(wall)));
  return ({ at, wall }) => times.has(at) || days.has(dayOf(wall));
}

/** By how much the wall-clock time of an instance was moved. */
function movedBy({ start, instance }: Change, clock: Moment['clock']): Milliseconds {
  return clock.shows(start.at) - clock.shows(instance.id.at);
}

/**
 * The instances of a series that touch a window, each whole, in no particular order.
 * A change stands for itself and takes the place of the instance that it names; with RANGE=THISANDFUTURE it also moves those that follow, by as
 * much, and lends them its length and its people.
 * @throws Unreadable when the budget does not suffice
 */
export function occurrencesOf(
  { master, changes }: Series,
  window: Window,
  budget: Budget,
): Occurrence[] {
  const alone = changes.map((event) => ({
    from: event.start.at,
    to: endOf(event.start.clock, event.start.wall, event.span),
    event,
  }));
  const repeated =
    master === undefined || master.isCancelled ? [] : repeats(master, changes, window, budget);
  return [...alone, ...repeated].filter(
    ({ from, to, event }) =>
      !event.isCancelled && from < to && from < window.to && to > window.from,
  );
}

function repeats(
  master: CalendarEvent,
  changes: readonly Change[],
  window: Window,
  budget: Budget,
): Occurrence[] {
  const { clock } = master.start;
  const ranges = changes.filter(({ instance }) => instance.andFollowing);
  const furthest = Math.max(0, ...ranges.map((range) => Math.abs(movedBy(range, clock))));
  const longest = Math.max(...[master, ...ranges].map(({ span }) => span.wall + span.exact));
  const around = {
    from: clock.shows(window.from) - longest - furthest - DAY,
    to: clock.shows(window.to) + furthest + DAY,
  };
  const isException = namedBy(master.exceptions);
  const isChanged = namedBy(changes.map(({ instance }) => instance.id));
  return instancesOf(master, around, budget)
    .filter((instance) => !isException(instance) && !isChanged(instance))
    .map(({ at, wall, end }) => {
      const range = ranges.findLast(({ instance }) => instance.id.at <= at);
      if (range === undefined) {
        return { from: at, to: end ?? endOf(clock, wall, master.span), event: master };
      }
      const moved = wall + movedBy(range, clock);
      return { from: clock.when(moved), to: endOf(clock, moved, range.span), event: range };
    });
}
