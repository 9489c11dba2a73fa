import { setTimeout as sleep } from 'node:timers/promises';

export interface Repeated {
  /** Ends it, after what is under way. */
  stop(): Promise<void>;
}

/** Does something now and again and again, with a pause after each time. What it throws goes to `onFault`. */
export function every(
  ms: number,
  work: () => Promise<void>,
  onFault: (error: unknown) => void,
): Repeated {
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await work().catch(onFault);
      await sleep(ms, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
