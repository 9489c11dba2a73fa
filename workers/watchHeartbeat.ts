import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createExchange, requireAccepted } from '../channels/exchange.ts';
import { isDriver } from '../db/identity.ts';
import type { Pool } from '../db/pool.ts';
import { noteWatchHeartbeat } from '../db/watch.ts';
import { MINUTE } from '../domain/time.ts';
import { readPaging } from '../records/paging.ts';

export interface WatchHeartbeatOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** The monitor outside. */
  readonly url: string;
  /** The id of the Temporal namespace that this worker serves. */
  readonly driver: string;
  /** Whether Temporal answers, and still has that namespace. @throws when it does not answer */
  readonly isServed: () => Promise<boolean>;
  /** Networks beyond the public internet that it may be in. */
  readonly allowed: readonly string[];
  readonly everyMs?: number;
}

/** What keeps this worker from saying that paging works; undefined: nothing. */
async function whatIsWrong(options: WatchHeartbeatOptions): Promise<string | undefined> {
  const { pool, driver, isServed } = options;
  const late = Object.values(await readPaging(pool, Date.now())).find(({ isLate }) => isLate);
  if (late !== undefined) return late.detail;
  if (!(await isDriver(pool, driver))) return 'another Temporal namespace drives the records';
  return (await isServed()) ? undefined : 'the namespace was made anew';
}

/**
 * Tells a monitor outside each minute that paging works from one end to the other: wakes are answered, no page that is due and no timer is late,
 * PostgreSQL and Temporal answer. When one of them does not, or this worker is gone, nothing is told, and the monitor notices.
 */
export function startWatchHeartbeat(options: WatchHeartbeatOptions): { stop(): Promise<void> } {
  const { pool, log, url, allowed, everyMs = MINUTE } = options;
  const exchange = createExchange({ allowed });
  const stopped = new AbortController();

  const round = async (): Promise<void> => {
    const wrong = await whatIsWrong(options);
    if (wrong !== undefined) {
      log.error({ wrong }, 'paging does not work: the monitor outside is not told that it does');
      return;
    }
    const answer = await exchange.post(url, { headers: {}, body: '' }, stopped.signal);
    requireAccepted(answer);
    await noteWatchHeartbeat(pool);
  };

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await round().catch((error: unknown) => {
        if (stopped.signal.aborted) return;
        log.error({ err: error }, 'the monitor outside could not be told that paging works');
      });
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
