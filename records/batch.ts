interface Waiting<K, V> {
  readonly key: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for many things with one query at a time: what is asked for while one runs goes together in the next. A caller alone waits for nobody, a
 * crowd costs a query a round trip instead of one a caller, and nobody is answered by a query that began before they asked.
 * @param load answers all keys, in their order
 */
export function createBatch<K, V>(
  load: (keys: readonly K[]) => Promise<readonly V[]>,
): (key: K) => Promise<V> {
  let waiting: Waiting<K, V>[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const values = await load(batch.map(({ key }) => key));
        batch.forEach(({ resolve, reject }, index) => {
          const value = values[index];
          if (index < values.length) resolve(value as V);
          else reject(new Error(`${batch.length} were asked for, ${values.length} were found`));
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!running) void run();
    });
}
