import { z } from 'zod';
import { DAY, HOUR, MINUTE, toIso } from './time.ts';
import type { Instant, Milliseconds } from './time.ts';
import { isTimeZone, offsetReader } from './zone.ts';

/** `HH:MM` as milliseconds of wall-clock time since the local midnight. */
const clock = (text: string): Milliseconds =>
  Number(text.slice(0, 2)) * HOUR + Number(text.slice(3)) * MINUTE;
const opensAt = (segment: string) => clock(segment.slice(0, 5));
const closesAt = (segment: string) => clock(segment.slice(6));

const quoted = (keys: readonly string[]) => keys.map((key) => `"${key}"`).join(', ');

function turnAround(segment: string): string {
  const [opens = '', closes = ''] = segment.split('-');
  if (opens === closes) return `"${segment}" is empty; delete it, or write "00:00-24:00"`;
  if (closes === '00:00') return `"${segment}" ends before it starts; write "${opens}-24:00"`;
  return `"${segment}" ends before it starts; write two, "${opens}-24:00" and on the next day "00:00-${closes}"`;
}

const segmentSchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, {
    abort: true,
    error: (issue) =>
      `"${String(issue.input)}" is no segment; write "HH:MM-HH:MM", such as "08:00-12:00" or "13:00-24:00"`,
  })
  .refine((segment) => opensAt(segment) < closesAt(segment), {
    abort: true,
    error: (issue) => turnAround(String(issue.input)),
  });

const daySchema = z
  .array(segmentSchema, 'list the segments, such as ["08:00-12:00", "13:00-17:00"]')
  .superRefine((segments, context) => {
    segments.forEach((segment, index) => {
      const before = segments[index - 1];
      if (before === undefined || opensAt(segment) >= closesAt(before)) return;
      const message = `"${segment}" starts before "${before}" ends; list a day's segments in order, without overlap`;
      context.addIssue({ code: 'custom', path: [index], message });
    });
  });

const day = daySchema.optional();

/** The open segments of each weekday, in wall-clock time. */
export const weekSchema = z
  .strictObject(
    {
      monday: day,
      tuesday: day,
      wednesday: day,
      thursday: day,
      friday: day,
      saturday: day,
      sunday: day,
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `no weekday: ${quoted(issue.keys)}; write "monday" to "sunday"`
          : 'give the segments of each open day, such as { monday: ["08:00-17:00"] }',
    },
  )
  .refine((week) => Object.values(week).some((segments) => segments && segments.length > 0), {
    error: 'never opens; give a day a segment, such as monday: ["08:00-17:00"]',
  });

/** Whether a `YYYY-MM-DD`, or an `MM-DD` in a leap year, exists. */
function isDate(text: string): boolean {
  if (!/^(\d{4}-)?\d\d-\d\d$/.test(text)) return false;
  const date = text.length === 5 ? `2000-${text}` : text;
  const midnight = Date.parse(date);
  return !Number.isNaN(midnight) && toIso(midnight).startsWith(date);
}

const holidaySchema = z.string().refine(isDate, {
  error: (issue) =>
    `"${String(issue.input)}" is no date; write one such as "2026-12-25", or "12-25" for every year`,
});

const holidaysSchema = z.array(holidaySchema).superRefine((holidays, context) => {
  holidays.forEach((holiday, index) => {
    if (holidays.indexOf(holiday) === index) return;
    const message = `"${holiday}" is listed twice; delete one`;
    context.addIssue({ code: 'custom', path: [index], message });
  });
});

const alwaysSchema = z.strictObject(
  { always: z.literal(true) },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `a calendar that is always open has nothing else; remove ${quoted(issue.keys)} or "always"`
        : undefined,
  },
);

/** @param missing what to say when there is none */
export const timeZoneSchema = (missing: string) =>
  z.string(missing).refine(isTimeZone, {
    error: (issue) =>
      `"${String(issue.input)}" is no IANA time zone; write one such as "Europe/Berlin"`,
  });

const zonedSchema = z.strictObject(
  {
    always: z.undefined().optional(),
    timeZone: timeZoneSchema(
      'name the time zone, such as "Europe/Berlin" (or write always: true, and no more)',
    ),
    week: weekSchema,
    holidays: holidaysSchema.default([]),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${quoted(issue.keys)}; a calendar has "timeZone", "week" and "holidays"`
        : undefined,
  },
);

/** Business hours as a policy writes them. */
export const calendarSchema = z.discriminatedUnion('always', [alwaysSchema, zonedSchema], {
  error: 'a calendar has either "always": true, or "timeZone" and "week"',
});

/** Whether a date (`YYYY-MM-DD`) is among a calendar's holidays, of which `MM-DD` is one in every year. */
export function isHoliday(holidays: ReadonlySet<string>, date: string): boolean {
  return holidays.has(date) || holidays.has(date.slice(5));
}

export type CalendarDefinition = z.infer<typeof calendarSchema>;
type ZonedDefinition = z.infer<typeof zonedSchema>;

/** A stretch [start, end) of open time. */
export interface Opening {
  readonly start: Instant;
  readonly end: Instant;
}

/**
 * An instant is open when its wall-clock time in the zone lies in a segment [start, end) of its
 * local date, and that date is no holiday. So a boundary that a spring gap skips becomes the
 * instant of the change, and wall-clock times that an autumn change repeats count twice.
 */
export interface Calendar {
  readonly name: string;
  isOpen(at: Instant): boolean;
  /**
   * The earliest instant t ≥ from with between(from, t) = open: time used up exactly at closing
   * time ends at closing time, not next morning. Nothing to add gives `from`, open or not.
   */
  add(from: Instant, open: Milliseconds): Instant;
  /** The open time in [from, to); 0 when to ≤ from. */
  between(from: Instant, to: Instant): Milliseconds;
  /** `from` when it is open, else the next instant that is. */
  nextOpen(from: Instant): Instant;
  /** The open stretches of [from, to), in order; those that touch are one. */
  openings(from: Instant, to: Instant): readonly Opening[];
}

/**
 * A calendar for a definition that `calendarSchema` has accepted. `add` and `nextOpen` throw a
 * `RangeError` when holidays keep the calendar closed for twenty years. Keep the calendar: it
 * remembers the days it has worked out.
 */
export function makeCalendar(name: string, definition: CalendarDefinition): Calendar {
  if (!definition.always) return makeZonedCalendar(name, definition);
  return {
    name,
    isOpen: () => true,
    add: (from, open) => from + open,
    between: (from, to) => Math.max(0, to - from),
    nextOpen: (from) => from,
    openings: (from, to) => (from < to ? [{ start: from, end: to }] : []),
  };
}

/** From the weekday of 1970-01-01, so that a count of days since then finds its own. */
const WEEKDAYS = [
  'thursday',
  'friday',
  'saturday',
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
] as const;

/** About three years. */
const REMEMBERED_DAYS = 1_100;
const GIVE_UP_DAYS = 20 * 366;

const dayOf = (at: Instant): number => Math.floor(at / DAY);

function makeZonedCalendar(name: string, definition: ZonedDefinition): Calendar {
  const spansIn = offsetReader(definition.timeZone);
  const holidays = new Set(definition.holidays);
  const week = WEEKDAYS.map((weekday) =>
    (definition.week[weekday] ?? []).map((segment) => ({
      opens: opensAt(segment),
      closes: closesAt(segment),
    })),
  );

  /** The segments of a local date, which is counted in days since 1970-01-01. */
  function segmentsOn(date: number) {
    const text = toIso(date * DAY).slice(0, 10);
    if (isHoliday(holidays, text)) return [];
    return week[((date % 7) + 7) % 7] ?? [];
  }

  // Days are UTC days: unlike local dates they are all 24 hours long, none is missing, and they
  // follow each other (a clock put back across midnight brings the local date before it back).
  const remembered = new Map<number, readonly Opening[]>();

  function openingsOn(day: number): readonly Opening[] {
    const known = remembered.get(day);
    if (known) return known;
    const openings = workOut(day);
    if (remembered.size >= REMEMBERED_DAYS) remembered.clear();
    remembered.set(day, openings);
    return openings;
  }

  function workOut(day: number): Opening[] {
    const openings: Opening[] = [];
    for (const span of spansIn(day * DAY, (day + 1) * DAY)) {
      const [from, to] = [span.start + span.offset, span.end + span.offset];
      for (let date = dayOf(from); date * DAY < to; date++) {
        const midnight = date * DAY - span.offset;
        for (const { opens, closes } of segmentsOn(date)) {
          const start = Math.max(midnight + opens, span.start);
          const end = Math.min(midnight + closes, span.end);
          if (start < end) openings.push({ start, end });
        }
      }
    }
    return openings;
  }

  /** What is left at `at` of the opening that holds it, or else the next opening. */
  function openingFrom(at: Instant): Opening {
    const today = dayOf(at);
    for (let day = today; day <= today + GIVE_UP_DAYS; day++) {
      for (const { start, end } of openingsOn(day)) {
        if (end > at) return { start: Math.max(start, at), end };
      }
    }
    throw new RangeError(
      `Calendar "${name}" does not open within 20 years after ${toIso(at)}; shorten its holidays`,
    );
  }

  return {
    name,
    isOpen: (at) => openingsOn(dayOf(at)).some(({ start, end }) => start <= at && at < end),
    add(from, open) {
      let at = from;
      let rest = open;
      while (rest > 0) {
        const { start, end } = openingFrom(at);
        at = Math.min(start + rest, end);
        rest -= at - start;
      }
      return at;
    },
    between(from, to) {
      let open = 0;
      for (let day = dayOf(from); day * DAY < to; day++) {
        for (const { start, end } of openingsOn(day)) {
          open += Math.max(0, Math.min(end, to) - Math.max(start, from));
        }
      }
      return open;
    },
    nextOpen: (from) => openingFrom(from).start,
    openings(from, to) {
      const found: Opening[] = [];
      for (let day = dayOf(from); day * DAY < to; day++) {
        for (const opening of openingsOn(day)) {
          const start = Math.max(opening.start, from);
          const end = Math.min(opening.end, to);
          if (start >= end) continue;
          const touching = found.at(-1)?.end === start ? found.pop() : undefined;
          found.push({ start: touching?.start ?? start, end });
        }
      }
      return found;
    },
  };
}
