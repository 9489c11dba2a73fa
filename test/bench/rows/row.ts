import type { Extent } from '../extent.ts';
import type { Line } from '../report.ts';
import type { Stage } from '../stage.ts';

/** One subject of the bench. A new one is a file beside this and a line in index.ts. */
export interface Row {
  /** As it is chosen: `npm run bench -- opens`. */
  readonly name: string;
  readonly about: string;
  /** Warms up, measures ours and the bare engine's in turns, and says what came out. */
  run(stage: Stage, extent: Extent): Promise<Line[]>;
}

export const CALLERS = 16;

export async function wakesWaiting(stage: Stage): Promise<number> {
  const { rows } = await stage.pool.query<{ count: string }>('select count(*) from wakes');
  return Number(rows[0]?.count);
}

/** Asks every `everyMs` until it is so. @throws Error after `withinMs` */
export async function until(
  what: string,
  withinMs: number,
  check: () => Promise<boolean>,
  everyMs = 100,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

let made = 0;

/** The body of a new incident; `3` has impact and urgency that page nobody. */
export function newIncident(priority: 1 | 3): Record<string, unknown> {
  const level = priority === 1 ? 1 : 2;
  return { title: `Incident ${++made} of the bench`, impact: level, urgency: level };
}
