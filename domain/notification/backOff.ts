import { MINUTE, SECOND } from '../time.ts';
import type { Milliseconds } from '../time.ts';

const FIRST = SECOND;
const LONGEST = 2 * MINUTE;
/** So much more or less, as a part of the wait: what failed together does not come back together. */
const JITTER = 0.25;

/**
 * How long to wait before a message is tried again whose receiver does not say: a second, each next time twice as long, up to two minutes.
 * @param failures how many attempts failed, 1 or more
 * @param chance from 0, for the shortest wait, to 1
 */
export function backOff(failures: number, chance: number): Milliseconds {
  const wait = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  return Math.round(wait * (1 - JITTER + 2 * JITTER * chance));
}
