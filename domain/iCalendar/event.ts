import type { Milliseconds } from '../time.ts';
import { DAY } from '../time.ts';
import type { Budget } from './budget.ts';
import { propertiesOf, propertyOf } from './component.ts';
import type { Component } from './component.ts';
import { Unreadable } from './fault.ts';
import { endOf, momentOf, momentsOf, periodsOf, spanOf } from './moment.ts';
import type { ClockOf, Moment, Period, Span } from './moment.ts';
import { parameterOf, readProperty, textOf } from './property.ts';
import { readRule } from './recurrence.ts';
import type { RecurrenceRule } from './recurrence.ts';

/** Somebody who is invited to an event. */
export interface Attendee {
  readonly line: number;
  /** Without `mailto:`. */
  readonly address: string;
  /** Their CN; empty when there is none. */
  readonly name: string;
}

/** A VEVENT (RFC 5545 §3.6.1): an event or a series of them, or what became of an instance of a series. */
export interface CalendarEvent {
  readonly uid: string;
  /** Of its BEGIN:VEVENT. */
  readonly line: number;
  readonly start: Moment;
  readonly span: Span;
  readonly rules: readonly RecurrenceRule[];
  readonly periods: readonly Period[];
  readonly exceptions: readonly Moment[];
  /** The instance that this one stands for. */
  readonly instance: { readonly id: Moment; readonly andFollowing: boolean } | undefined;
  readonly sequence: number;
  readonly isCancelled: boolean;
  readonly summary: string;
  /** Those who are expected and have not declined. */
  readonly attendees: readonly Attendee[];
}

/** A shift of more than ten years is a mistake, and a series of such would have no bound. */
const LONGEST: Milliseconds = 3_660 * DAY;

/** The UID, as far as there is one: to name the event in a fault. */
export function uidOf(event: Component): string | undefined {
  try {
    return textOf(propertiesOf(event, 'UID')[0]) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The length in terms of the wall clock, when it is told by DTEND or by a DATE. RFC 5545 §3.8.5.3 lets every instance last as long as the
 * first one did; calendars show them to end at the same time of day, and so must shifts, or one night a year would be nobody's.
 */
function lengthOf(event: Component, start: Moment, clockOf: ClockOf): Span {
  const dtend = propertyOf(event, 'DTEND');
  const duration = propertyOf(event, 'DURATION');
  if (dtend !== undefined && duration !== undefined) {
    throw new Unreadable(duration.line, 'an event has DTEND or DURATION, not both');
  }
  if (duration !== undefined) return spanOf(readProperty(duration).written, duration.line);
  if (dtend === undefined) return { wall: start.isDate ? DAY : 0, exact: 0 };
  const end = momentOf(readProperty(dtend), clockOf);
  if (end.isDate !== start.isDate) {
    throw new Unreadable(dtend.line, 'DTSTART and DTEND must both be dates, or both have a time');
  }
  return { wall: start.clock.shows(end.at) - start.wall, exact: 0 };
}

function requireLength({ line, start, span }: { line: number; start: Moment; span: Span }): void {
  const length = endOf(start.clock, start.wall, span) - start.at;
  if (length <= 0) throw new Unreadable(line, 'the event must end after it begins');
  if (length > LONGEST) throw new Unreadable(line, 'the event lasts longer than ten years');
}

function attendeesOf(event: Component): Attendee[] {
  return propertiesOf(event, 'ATTENDEE')
    .map(readProperty)
    .filter((property) => {
      const has = (name: string, values: readonly string[]) =>
        values.includes(parameterOf(property, name)?.toUpperCase() ?? '');
      const isPerson = !has('cutype', ['ROOM', 'RESOURCE']);
      return isPerson && !has('partstat', ['DECLINED']) && !has('role', ['NON-PARTICIPANT']);
    })
    .map((property) => ({
      line: property.line,
      address: String(property.values[0])
        .replace(/^mailto:/i, '')
        .trim(),
      name: parameterOf(property, 'cn')?.trim() ?? '',
    }));
}

function instanceOf(event: Component, clockOf: ClockOf): CalendarEvent['instance'] {
  const raw = propertyOf(event, 'RECURRENCE-ID');
  if (raw === undefined) return undefined;
  const repeats = event.properties.find(({ name }) => name === 'RRULE' || name === 'RDATE');
  if (repeats !== undefined) {
    throw new Unreadable(
      repeats.line,
      'one instance of a series (RECURRENCE-ID) cannot repeat itself',
    );
  }
  const property = readProperty(raw);
  const range = parameterOf(property, 'range')?.toUpperCase();
  if (range !== undefined && range !== 'THISANDFUTURE') {
    throw new Unreadable(raw.line, 'RANGE can only be THISANDFUTURE');
  }
  return { id: momentOf(property, clockOf), andFollowing: range !== undefined };
}

/** How often the event was changed (RFC 5545 §3.8.7.4). */
function sequenceOf(event: Component): number {
  const property = propertyOf(event, 'SEQUENCE');
  const value = property === undefined ? 0 : Number(readProperty(property).written);
  return Number.isSafeInteger(value) ? value : 0;
}

/** @throws Unreadable when a property that matters to a shift is missing, stands twice or has no meaning */
export function readEvent(event: Component, clockOf: ClockOf, budget: Budget): CalendarEvent {
  const { line } = event;
  const uid = textOf(propertyOf(event, 'UID'));
  if (uid === '') throw new Unreadable(line, 'the event has no UID');
  const dtstart = propertyOf(event, 'DTSTART');
  if (dtstart === undefined) throw new Unreadable(line, 'the event has no DTSTART');
  const exrule = propertyOf(event, 'EXRULE');
  if (exrule !== undefined) {
    throw new Unreadable(exrule.line, 'EXRULE is no longer in use: list the dates as EXDATE');
  }
  const start = momentOf(readProperty(dtstart), clockOf);
  const isCancelled = textOf(propertyOf(event, 'STATUS')).toUpperCase() === 'CANCELLED';
  const span = lengthOf(event, start, clockOf);
  if (!isCancelled) requireLength({ line, start, span });
  const listed = (name: string) => propertiesOf(event, name).map(readProperty);
  const exceptions = listed('EXDATE').flatMap((property) => momentsOf(property, clockOf));
  const periods = listed('RDATE').flatMap((property) => periodsOf(property, clockOf));
  budget.spend(exceptions.length + periods.length, line);
  const rules = propertiesOf(event, 'RRULE').map(readRule);
  return {
    uid,
    line,
    start,
    span,
    rules,
    periods,
    exceptions,
    instance: instanceOf(event, clockOf),
    sequence: sequenceOf(event),
    isCancelled,
    summary: textOf(propertyOf(event, 'SUMMARY')),
    attendees: attendeesOf(event),
  };
}
