import type { Instant } from '../time.ts';
import { makeBudget } from './budget.ts';
import type { Budget } from './budget.ts';
import { propertyOf, readComponents } from './component.ts';
import type { Component } from './component.ts';
import { contentLines } from './contentLines.ts';
import { readEvent, uidOf } from './event.ts';
import type { CalendarEvent } from './event.ts';
import { Unreadable, faultOf } from './fault.ts';
import type { CalendarFault } from './fault.ts';
import { makeWho } from './people.ts';
import type { CalendarPerson } from './people.ts';
import { textOf } from './property.ts';
import { groupBy } from './groupBy.ts';
import { makeSeries, occurrencesOf } from './series.ts';
import type { Window } from './series.ts';
import { makeZones } from './zones.ts';

/** How large a file may be. */
export const MOST_CALENDAR_BYTES = 2 * 1024 * 1024;
const MOST_EVENTS = 10_000;
/** A file with more faults than this is answered with the first ones: mending those shows the rest. */
const MOST_FAULTS = 100;

/** A shift that a calendar holds: somebody is on call in [from, to). */
export interface ImportedShift {
  /** Their id. */
  readonly person: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly source: {
    readonly uid: string;
    /** Of the event's BEGIN:VEVENT. */
    readonly line: number;
  };
}

export interface ImportOptions {
  /** Whom the events can mean. */
  readonly people: readonly CalendarPerson[];
  /** Every shift that touches it is told, whole. */
  readonly window: Window;
  /** IANA name: of dates, and of times that name no zone, unless the file names one for them (X-WR-TIMEZONE). */
  readonly timeZone: string;
}

/** All of a calendar's shifts in the window, by their start; or why nothing of it is taken. */
export type CalendarImport =
  | { readonly ok: true; readonly shifts: readonly ImportedShift[] }
  | { readonly ok: false; readonly faults: readonly CalendarFault[] };

/** Gathers the faults of events, so that one does not hide the next. */
class Faults {
  readonly list: CalendarFault[] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Undefined when it cannot be read, or when there is no use in reading on. */
  attempt<T>(read: () => T, uid: string | undefined): T | undefined {
    if (this.list.length >= MOST_FAULTS || this.#budget.isSpent()) return undefined;
    try {
      return read();
    } catch (error) {
      this.list.push(faultOf(error, uid));
      return undefined;
    }
  }
}

function calendarsOf(file: Uint8Array): readonly Component[] {
  if (file.length > MOST_CALENDAR_BYTES) throw new Unreadable(1, 'the file is larger than 2 MiB');
  const calendars = readComponents(contentLines(file)).filter(({ name }) => name === 'VCALENDAR');
  const events = calendars.flatMap(eventsOf);
  const excess = events[MOST_EVENTS];
  if (excess !== undefined) {
    throw new Unreadable(
      excess.line,
      `the file has ${events.length} events; at most 10,000 are taken`,
    );
  }
  return calendars;
}

const eventsOf = (calendar: Component): readonly Component[] =>
  calendar.components.filter(({ name }) => name === 'VEVENT');

/** @throws Unreadable when it is no schedule */
function zonesOf(calendar: Component, { timeZone, window }: ImportOptions, budget: Budget) {
  const method = propertyOf(calendar, 'METHOD');
  if (textOf(method).toUpperCase() === 'CANCEL') {
    throw new Unreadable(
      method?.line ?? calendar.line,
      'is the cancellation of events (METHOD:CANCEL), not a schedule',
    );
  }
  const own = textOf(propertyOf(calendar, 'X-WR-TIMEZONE'));
  return makeZones(calendar, { timeZone: own || timeZone, until: window.to }, budget);
}

function readEvents(calendar: Component, options: ImportOptions, budget: Budget, faults: Faults) {
  const clockOf = zonesOf(calendar, options, budget);
  return eventsOf(calendar).flatMap(
    (event) => faults.attempt(() => readEvent(event, clockOf, budget), uidOf(event)) ?? [],
  );
}

function shiftsOf(
  uid: string,
  events: readonly CalendarEvent[],
  { window }: ImportOptions,
  who: ReturnType<typeof makeWho>,
  budget: Budget,
): ImportedShift[] {
  const occurrences = occurrencesOf(makeSeries(events), window, budget);
  // Whom an event means matters only when it falls into the window: old events name people who have left.
  const meant = new Map(
    [...new Set(occurrences.map(({ event }) => event))].map((event) => [event, who(event)]),
  );
  return occurrences.flatMap(({ from, to, event }) =>
    (meant.get(event) ?? []).map((person) => ({
      person,
      from,
      to,
      source: { uid, line: event.line },
    })),
  );
}

/**
 * Reads the events of an iCalendar file (RFC 5545) as shifts. One fault, and nothing of it is taken.
 *
 * Shifts repeat on the wall clock: each begins and ends at the same time of day, across every change of clocks. A start in the hour that a change
 * skips is moved, not left out as RFC 5545 §3.3.10 has it: a shift must not be lost.
 * @param file as it was sent: UTF-8
 */
export function importShifts(file: Uint8Array, options: ImportOptions): CalendarImport {
  const budget = makeBudget();
  const faults = new Faults(budget);
  const who = makeWho(options.people);
  const events = faults
    .attempt(() => calendarsOf(file), undefined)
    ?.flatMap(
      (calendar) =>
        faults.attempt(() => readEvents(calendar, options, budget, faults), undefined) ?? [],
    );
  const series = groupBy(events ?? [], ({ uid }) => uid);
  const shifts = [...series].flatMap(
    ([uid, ofOne]) => faults.attempt(() => shiftsOf(uid, ofOne, options, who, budget), uid) ?? [],
  );
  if (faults.list.length > 0) return { ok: false, faults: faults.list };
  return { ok: true, shifts: shifts.sort((a, b) => a.from - b.from || a.to - b.to) };
}
