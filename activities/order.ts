import type { Urgency } from '../domain/process.ts';
import { HOUR, SECOND } from '../domain/time.ts';
import { createSlots } from './slots.ts';

/** So many pieces of work go on in a worker at once: more are no faster on its CPU and connections, and what is urgent would wait for all of them. */
const AT_ONCE = 16;

/** What takes longer waits for something: that takes no CPU, and lets others go on. */
const SLOW = SECOND;

const worker = createSlots({ places: AT_ONCE, patience: HOUR });

/**
 * Does a piece of work when it is its turn among all that this worker has to do: what is worth waking somebody first, then in order of coming.
 * @param work is given how to let the next one begin before it ends itself: what waits for a receiver must keep nobody's step waiting
 */
export async function inOrder<T>(
  urgency: Urgency,
  work: (letNextBegin: () => void) => Promise<T>,
): Promise<T> {
  const leave = await worker.enter('this worker', urgency, Number.POSITIVE_INFINITY);
  const slow = setTimeout(() => leave?.(), SLOW);
  try {
    return await work(() => leave?.());
  } finally {
    clearTimeout(slow);
    leave?.();
  }
}
