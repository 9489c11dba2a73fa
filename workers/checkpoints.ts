import { appendFile } from 'node:fs/promises';
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

/** Takes audit checkpoints now and from time to time. Several workers may do it at once: one of them takes each. */
export function startCheckpoints(options: CheckpointTimerOptions): { stop(): Promise<void> } {
  const { pool, log, signer, everyMs, file } = options;

  const round = async (): Promise<void> => {
    try {
      const taken = await takeCheckpoints(pool, signer, Date.now);
      for (const checkpoint of taken) log.info(checkpoint, 'audit checkpoint');
      if (file !== undefined && taken.length > 0) await appendFile(file, checkpointLines(taken));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ error: message }, 'no audit checkpoint could be taken or written out this time');
    }
  };

  let running = round();
  const timer = setInterval(() => {
    running = running.then(round);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
