import { figuresCsv } from './csv.ts';
import type { WallClock } from './onCall/wallClock.ts';
import type { Spread } from './report.ts';
import { DAY, HOUR } from './time.ts';
import type { Instant } from './time.ts';
import { weekdayOf } from './weekday.ts';

/** An event of a record that the report is about. */
export interface PagedOrAnswered {
  readonly number: string;
  readonly at: Instant;
  readonly what:
    | {
        readonly kind: 'paged';
        readonly people: readonly string[];
        /** The key of the escalation that paged: one that begins anew has another. */
        readonly escalation: string;
      }
    | { readonly kind: 'answered'; readonly person: string };
}

/** What on-call asked of somebody. A page is one step of an escalation that means them, by however many ways it goes. */
export interface OnCallFigures {
  readonly pages: number;
  /** From 22:00 to 06:00 of the clock on the wall. */
  readonly nightPages: number;
  /** On Saturday or Sunday of the clock on the wall. */
  readonly weekendPages: number;
  /** With two decimals. */
  readonly pagesPerWeek: number;
  /** The pages that they answered themselves: from the page to their answer, in real time. */
  readonly acknowledge: Spread;
  /** The pages that they did not answer, and somebody else did. */
  readonly answeredByOthers: number;
  /** The pages that nobody answered before another escalation began, or until now. */
  readonly unanswered: number;
}

export interface OnCallReport {
  readonly people: readonly (OnCallFigures & { readonly person: string })[];
  readonly total: OnCallFigures;
}

interface Page {
  readonly person: string;
  readonly at: Instant;
  /** When the person answered it. */
  answeredAt: Instant | null;
  othersAnswered: boolean;
}

/** Each page of a record to each person, with what came of it: an answer belongs to the escalation that paged last before it. */
function pagesOf(events: readonly PagedOrAnswered[]): Page[] {
  const pages: Page[] = [];
  let number: string | undefined;
  let escalation: string | undefined;
  let open: Page[] = [];
  for (const event of events) {
    const { at, what } = event;
    if (event.number !== number) {
      ({ number } = event);
      open = [];
      escalation = undefined;
    }
    if (what.kind === 'paged') {
      if (what.escalation !== escalation) open = [];
      ({ escalation } = what);
      const made = what.people.map((person) => ({
        ...{ person, at, answeredAt: null, othersAnswered: false },
      }));
      open.push(...made);
      pages.push(...made);
    } else {
      for (const page of open) {
        if (page.person === what.person) page.answeredAt ??= at;
        else page.othersAnswered = true;
      }
    }
  }
  return pages;
}

/** Between two values where it lies between them, as SQL's percentile_cont. @param sorted ascending */
function percentile(sorted: readonly number[], share: number): number | null {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return null;
  return Math.round(below + (above - below) * (place - Math.floor(place)));
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    medianMs: percentile(sorted, 0.5),
    p90Ms: percentile(sorted, 0.9),
  };
}

function isNight(clock: WallClock, at: Instant): boolean {
  const time = ((clock.shows(at) % DAY) + DAY) % DAY;
  return time >= 22 * HOUR || time < 6 * HOUR;
}

function isWeekend(clock: WallClock, at: Instant): boolean {
  return ['saturday', 'sunday'].includes(weekdayOf(clock.shows(at)));
}

function figuresOf(pages: readonly Page[], weeks: number, clock: WallClock): OnCallFigures {
  const times = pages.flatMap(({ at, answeredAt }) => (answeredAt === null ? [] : answeredAt - at));
  const others = pages.filter(({ answeredAt, othersAnswered }) => {
    return answeredAt === null && othersAnswered;
  });
  return {
    pages: pages.length,
    nightPages: pages.filter(({ at }) => isNight(clock, at)).length,
    weekendPages: pages.filter(({ at }) => isWeekend(clock, at)).length,
    pagesPerWeek: Math.round((pages.length / weeks) * 100) / 100,
    acknowledge: spreadOf(times),
    answeredByOthers: others.length,
    unanswered: pages.length - times.length - others.length,
  };
}

/**
 * What on-call asked of each person in [from, to), by name, and of all of them: a page to two people counts twice. Answers count whenever they came.
 * @param events of each record in their order, one record after the other; those outside the period serve its pages only
 * @param clock what says where nights and weekends are
 */
export function onCallReport(
  events: readonly PagedOrAnswered[],
  { from, to }: { readonly from: Instant; readonly to: Instant },
  clock: WallClock,
): OnCallReport {
  const weeks = (to - from) / (7 * DAY);
  const pages = pagesOf(events).filter(({ at }) => from <= at && at < to);
  const byPerson = new Map<string, Page[]>();
  for (const page of pages) {
    const own = byPerson.get(page.person);
    if (own === undefined) byPerson.set(page.person, [page]);
    else own.push(page);
  }
  const people = [...byPerson]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([person, own]) => ({ person, ...figuresOf(own, weeks, clock) }));
  return { people, total: figuresOf(pages, weeks, clock) };
}

const noFigures: OnCallFigures = {
  pages: 0,
  nightPages: 0,
  weekendPages: 0,
  pagesPerWeek: 0,
  acknowledge: { count: 0, medianMs: null, p90Ms: null },
  answeredByOthers: 0,
  unanswered: 0,
};

/** A report as CSV with a header line: a line a person. */
export function onCallReportCsv({ people }: OnCallReport): string {
  const lines = people.map(({ person, ...figures }) => [person, figures] as const);
  return figuresCsv('person', noFigures, lines);
}
