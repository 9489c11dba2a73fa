import { figuresCsv } from './csv.ts';
import type { Instant, Milliseconds } from './time.ts';

/** What a report has a line for each of: the value that the record has now, not the one it was opened with. */
export const groupings = ['team', 'service', 'priority', 'none'] as const;
export type Grouping = (typeof groupings)[number];

/** What is open now, whatever the period; its age is real time since the opening, not calendar time. */
export interface Backlog {
  readonly count: number;
  readonly medianAgeMs: Milliseconds | null;
  readonly p90AgeMs: Milliseconds | null;
  readonly oldestAgeMs: Milliseconds | null;
}

/**
 * How many kept a goal. missed: its deadline passed first. running: still open, and neither yet. kept: all others. What was cancelled before
 * either counts as none of them.
 */
export interface Kept {
  readonly kept: number;
  readonly missed: number;
  readonly running: number;
}

/** `noted`: by the breaches that were noted, which stay for ever. `corrected`: by the clocks as they stand now, after corrections, new priorities and new policies. */
export interface Level {
  readonly noted: Kept;
  readonly corrected: Kept;
}

/** How long something took in real time; percentiles lie between two values when they must (SQL's percentile_cont). */
export interface Spread {
  readonly count: number;
  readonly medianMs: Milliseconds | null;
  readonly p90Ms: Milliseconds | null;
}

export interface Figures {
  readonly backlog: Backlog;
  /** Opened in the period. Everything below, but for `resolved`, is about these. */
  readonly opened: number;
  /** Resolved in the period and not reopened since, whenever they were opened. */
  readonly resolved: number;
  readonly cancelled: number;
  /** The first answer of a person within its target. */
  readonly respond: Level;
  /** Resolved within its target. */
  readonly resolve: Level;
  /** From the opening to the first answer of a person. */
  readonly acknowledge: Spread;
  /** From when it began (else was detected, else opened) to when service was restored. */
  readonly restore: Spread;
  readonly reopens: number;
  readonly reassignments: number;
}

export interface Report {
  readonly process: string;
  /** Opened at or after it … */
  readonly from: Instant;
  /** … and before it. */
  readonly to: Instant;
  /** What "now" is in it. */
  readonly at: Instant;
  readonly by: Grouping;
  readonly groups: readonly (Figures & { readonly group: string })[];
  readonly total: Figures;
}

const nobody: Kept = { kept: 0, missed: 0, running: 0 };
const never: Spread = { count: 0, medianMs: null, p90Ms: null };

/** The figures of a group with nothing in it. */
export const noFigures: Figures = {
  backlog: { count: 0, medianAgeMs: null, p90AgeMs: null, oldestAgeMs: null },
  opened: 0,
  resolved: 0,
  cancelled: 0,
  respond: { noted: nobody, corrected: nobody },
  resolve: { noted: nobody, corrected: nobody },
  acknowledge: never,
  restore: never,
  reopens: 0,
  reassignments: 0,
};

/** What each part of a report knows of its groups, put together: a group that one of them does not have has nothing there. The key null is the total. */
export function joinFigures(
  parts: readonly ReadonlyMap<string | null, Partial<Figures>>[],
): Pick<Report, 'groups' | 'total'> {
  const names = new Set(parts.flatMap((part) => [...part.keys()]));
  const figuresOf = (name: string | null): Figures =>
    Object.assign({}, noFigures, ...parts.map((part) => part.get(name) ?? {})) as Figures;
  const groups = [...names]
    .filter((name) => name !== null)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((group) => ({ group, ...figuresOf(group) }));
  return { groups, total: figuresOf(null) };
}

/** A report as CSV with a header line: a line a group; without groups the total alone, under an empty name. */
export function reportCsv({ by, groups, total }: Report): string {
  const lines = by === 'none' ? [{ group: '', ...total }] : groups;
  return figuresCsv(
    'group',
    noFigures,
    lines.map(({ group, ...figures }) => [group, figures] as const),
  );
}
