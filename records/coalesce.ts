/** What is done for `count` callers at once, and what those who joined are told of the result. */
export interface Together<T> {
  readonly run: (count: number) => Promise<T>;
  readonly joined: (result: T) => T;
}

interface Batch<T> {
  count: number;
  readonly result: Promise<T>;
}

/**
 * Runs one thing at a time for each key. Whoever asks for it meanwhile waits, and all who wait are served by one more run: a storm of repeats costs
 * as many runs as fit one after the other, not one a repeat. Nobody is answered by a run that began before they asked.
 */
export function createCoalescer<T>(): (key: string, work: Together<T>) => Promise<T> {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Batch<T>>();
  const begin = (key: string, work: Promise<T>): Promise<T> => {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    running.set(key, settled);
    void settled.then(() => {
      if (running.get(key) === settled) running.delete(key);
    });
    return work;
  };
  return (key, { run, joined }) => {
    const batch = waiting.get(key);
    if (batch !== undefined) {
      batch.count += 1;
      return batch.result.then(joined);
    }
    const current = running.get(key);
    if (current === undefined) return begin(key, run(1));
    const next: Batch<T> = {
      count: 1,
      result: current.then(() => {
        waiting.delete(key);
        return begin(key, run(next.count));
      }),
    };
    waiting.set(key, next);
    return next.result;
  };
}
