/** How many moments of a turn fall due a second. */
export const PER_SECOND = 50;
/** Moments at the fixed rate for so many seconds. */
function moments(from: number, seconds: number): number[] {
  return Array.from(
    { length: PER_SECOND * seconds },
    (_, index) => from + (index * 1000) / PER_SECOND,
  );
}

/**
 * The due moments of turns of ours and the bare engine, one after the other: the first of each warms up.
 * @param gapSeconds between the turns, so that what comes late in one does not disturb the next
 */
export function turnsFrom(from: number, turns: number, seconds: number, gapSeconds: number) {
  const step = (seconds + gapSeconds) * 1000;
  const turn = (index: number): number[] => moments(from + index * step, seconds);
  const each = Array.from({ length: turns }, (_, index) => index);
  return {
    bare: each.map((index) => turn(2 * index)),
    ours: each.map((index) => turn(2 * index + 1)),
    end: from + 2 * turns * step,
  };
}
