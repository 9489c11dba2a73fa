import { MINUTE } from '../time.ts';
import type { Instant, Milliseconds } from '../time.ts';

/** An outage of paging, and what was told of it. */
export interface Outage {
  readonly since: Instant;
  /** When it was told last; null: nobody knows yet. */
  readonly toldAt: Instant | null;
  readonly told: number;
}

/** What is to be told: an outage, that it goes on, that it is over. */
export type Word = 'alarm' | 'reminder' | 'allClear';

/** An outage is told again so long after it was told last. */
export const REMIND_AFTER: Milliseconds = 30 * MINUTE;

/**
 * What is to be told now: an outage once, again while it lasts, and its end to those who heard of it.
 * @param outage as it is known; null: none
 * @param isOut whether paging is out now
 */
export function wordFor(outage: Outage | null, isOut: boolean, now: Instant): Word | undefined {
  const toldAt = outage?.toldAt ?? null;
  if (!isOut) return toldAt === null ? undefined : 'allClear';
  if (toldAt === null) return 'alarm';
  return now - toldAt >= REMIND_AFTER ? 'reminder' : undefined;
}

/** The outage as it is known after a look. */
export function seen(outage: Outage | null, now: Instant): Outage {
  return outage ?? { since: now, toldAt: null, told: 0 };
}

/** The outage after a word of it got through; null when that was the last one. */
export function told(outage: Outage, word: Word, now: Instant): Outage | null {
  return word === 'allClear' ? null : { ...outage, toldAt: now, told: outage.told + 1 };
}
