import { importShifts } from '../../domain/iCalendar/importShifts.ts';
import type { ImportOptions } from '../../domain/iCalendar/importShifts.ts';
import { fromIso, toIso } from '../../domain/time.ts';

export const people = [
  { id: 'anna', name: 'Anna Ek', email: 'anna@example.org' },
  { id: 'bo', name: 'Bo Ström', email: 'bo@example.org' },
  { id: 'cy', name: 'Cy', email: 'cy@example.org' },
];

export const year = { from: fromIso('2026-01-01T00:00Z'), to: fromIso('2027-01-01T00:00Z') };
export const bytes = (text: string) => new TextEncoder().encode(text);
export const file = (lines: readonly string[], end = '\r\n') =>
  bytes(lines.map((line) => line + end).join(''));
export const calendar = (...lines: string[]) => [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  ...lines,
  'END:VCALENDAR',
];
/** An event whose BEGIN:VEVENT is on line 3 when it is the first of a calendar. */
export const event = (...lines: string[]) => [
  'BEGIN:VEVENT',
  ...(lines.some((line) => line.startsWith('UID')) ? [] : ['UID:1']),
  ...(lines.some((line) => /^(SUMMARY|ATTENDEE)/.test(line)) ? [] : ['SUMMARY:anna']),
  ...lines,
  'END:VEVENT',
];

export const read = (source: Uint8Array, options: Partial<ImportOptions> = {}) =>
  importShifts(source, { people, window: year, timeZone: 'Europe/Stockholm', ...options });

/** `person from/to` of each shift; UTC, minutes. */
export function shiftsIn(source: Uint8Array, options: Partial<ImportOptions> = {}): string[] {
  const result = read(source, options);
  if (!result.ok)
    throw new Error(result.faults.map(({ line, reason }) => `${line}: ${reason}`).join('\n'));
  const minute = (at: number) => toIso(at).slice(5, 16);
  return result.shifts.map(({ person, from, to }) => `${person} ${minute(from)}/${minute(to)}`);
}

export const shifts = (...lines: string[]) => shiftsIn(file(calendar(...event(...lines))));

export function faultsIn(source: Uint8Array, options: Partial<ImportOptions> = {}) {
  const result = read(source, options);
  return result.ok ? [] : result.faults;
}

export const faults = (...lines: string[]) => faultsIn(file(calendar(...event(...lines))));
