import type { Instant, Milliseconds } from '../time.ts';
import { DAY } from '../time.ts';
import type { OffsetSpan } from '../zone.ts';
import { offsetReader } from '../zone.ts';

/** What a clock on the wall shows, date included, as milliseconds since it showed 1970-01-01T00:00. */
export type WallTime = number;

/** The clock on the wall of a time zone. Keep it: it remembers the offsets that it has looked up. */
export interface WallClock {
  /** What the clock shows at an instant. */
  shows(at: Instant): WallTime;
  /**
   * When the clock shows a time, as RFC 5545 §3.3.5 and Temporal's disambiguation "compatible" have it: of a time that
   * an autumn change repeats the first, and a time that a spring change skips is read with the offset before
   * the change (02:30 becomes 03:30).
   */
  when(time: WallTime): Instant;
}

/** About a year: a lookup reads the one or two changes in it. */
const BLOCK: Milliseconds = 366 * DAY;
const REMEMBERED_BLOCKS = 300;

/** @param offsetAt local time less UTC, at every instant; less than a day */
export function wallClockOf(offsetAt: (at: Instant) => Milliseconds): WallClock {
  return {
    shows: (at) => at + offsetAt(at),
    when(time) {
      // No offset, and no change of one, is longer than a day: these two enclose the change, if there is one.
      const before = offsetAt(time - DAY);
      const after = offsetAt(time + DAY);
      const first = time - before;
      if (before === after || offsetAt(first) === before) return first;
      const second = time - after;
      return offsetAt(second) === after ? second : first;
    },
  };
}

/** @param timeZone an IANA name that `isTimeZone` has accepted */
export function wallClock(timeZone: string): WallClock {
  const spansIn = offsetReader(timeZone);
  const remembered = new Map<number, readonly OffsetSpan[]>();

  function spansOf(block: number): readonly OffsetSpan[] {
    const known = remembered.get(block);
    if (known) return known;
    const spans = spansIn(block * BLOCK, (block + 1) * BLOCK);
    if (remembered.size >= REMEMBERED_BLOCKS) remembered.clear();
    remembered.set(block, spans);
    return spans;
  }

  function offsetAt(at: Instant): Milliseconds {
    const spans = spansOf(Math.floor(at / BLOCK));
    return (spans.find(({ end }) => at < end) ?? spans.at(-1))?.offset ?? 0;
  }

  return wallClockOf(offsetAt);
}
