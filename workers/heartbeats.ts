import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { returnHeartbeats, takeHeartbeatsToTell } from '../db/heartbeatLooks.ts';
import type { Pool } from '../db/pool.ts';

export interface HeartbeatStarterOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** The id of the Temporal namespace that `send` reaches: while another one drives the records, nothing is sent. */
  readonly driver: string;
  /** Starts the workflow of the heartbeat of this id, or signals the one that runs. */
  readonly send: (id: string) => Promise<void>;
  readonly everyMs?: number;
}

/** Told in one round: starting them must not keep pages waiting. */
const AT_ONCE = 10;
const EVERY_MS = 2_000;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Starts the workflows of heartbeats, and tells those whose heartbeat was changed: it finds them by what the workflows say of themselves, so that none
 * is forgotten when a workflow, a worker or all of Temporal is lost.
 */
export function startHeartbeatStarter(options: HeartbeatStarterOptions): { stop(): Promise<void> } {
  const { pool, log, driver, send, everyMs = EVERY_MS } = options;
  const stopped = new AbortController();
  let failures = 0;

  /** The time to wait before the next round. */
  const round = async (): Promise<number> => {
    const ids = await takeHeartbeatsToTell(pool, AT_ONCE, driver);
    const results = await Promise.allSettled(ids.map((id) => send(id)));
    const failed = ids.filter((_, index) => results[index]?.status === 'rejected');
    const first = results.find((result) => result.status === 'rejected');
    if (first !== undefined) {
      await returnHeartbeats(pool, failed);
      throw first.reason;
    }
    failures = 0;
    return ids.length === AT_ONCE ? 0 : everyMs;
  };

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const waitMs = await round().catch((error: unknown) => {
        failures += 1;
        const message = error instanceof Error ? error.message : String(error);
        log.warn({ failures, error: message }, 'workflows of heartbeats could not be told');
        return Math.min(LONGEST_BACKOFF_MS, everyMs * 2 ** Math.min(failures, 5));
      });
      await sleep(waitMs, undefined, { signal: stopped.signal }).catch(() => undefined);
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
