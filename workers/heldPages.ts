import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SECOND } from '../domain/time.ts';
import type { Engine } from '../records/engine.ts';
import { releaseChangedWindows } from '../records/holds.ts';

/**
 * Pages what a maintenance window no longer holds back when the process that changed the window could not see to it. It needs no Temporal.
 * @param everyMs how often it looks
 */
export function startHeldPagesSweep(
  { engine, log }: { readonly engine: Engine; readonly log: Logger },
  everyMs = 10 * SECOND,
): { stop(): Promise<void> } {
  const stopped = new AbortController();

  const round = async (): Promise<void> => {
    const faults = await releaseChangedWindows(engine).catch((error: unknown) => [error]);
    const [err] = faults;
    if (err === undefined) return;
    log.warn({ err, count: faults.length }, 'pages of a window that was changed are held back');
  };

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await round();
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined);
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
