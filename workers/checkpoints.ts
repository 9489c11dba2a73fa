import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Pool } from '../db/pool.ts';
import { checkpointLines } from '../records/checkpointFile.ts';
import { takeCheckpoints } from '../records/checkpoints.ts';
import type { Signer } from '../records/signer.ts';

export interface CheckpointTimerOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly signer: Signer;
  readonly everyMs: number;
  /** Appended to, for somebody else to keep. */
  readonly file?: string | undefined;
}

/** After a fault, such as PostgreSQL away, it is tried again sooner. */
const AGAIN_MS = 30_000;

/** Takes audit checkpoints now and from time to time. Several workers may do it at once: one of them takes each. */
export function startCheckpoints(options: CheckpointTimerOptions): { stop(): Promise<void> } {
  const { pool, log, signer, everyMs, file } = options;
  const stopped = new AbortController();

  /** The time to wait before the next round. */
  const round = async (): Promise<number> => {
    try {
      const taken = await takeCheckpoints(pool, signer, Date.now);
      for (const checkpoint of taken) log.info(checkpoint, 'audit checkpoint');
      if (file !== undefined && taken.length > 0) await appendFile(file, checkpointLines(taken));
      return everyMs;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ error: message }, 'no audit checkpoint could be taken or written out this time');
      return Math.min(everyMs, AGAIN_MS);
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const waitMs = await round();
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
