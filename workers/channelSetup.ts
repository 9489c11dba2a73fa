import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { notSetUp } from '../channels/index.ts';
import type { Channels } from '../channels/index.ts';
import { writeNotSetUp } from '../db/channelSetup.ts';
import type { Pool } from '../db/pool.ts';

const RETRY_MS = 2_000;

/**
 * Notes which channels this worker has no settings for, for as long as it takes: workers send the pages, so who can be reached is decided by their
 * settings and not by the API's. All workers of an installation have the same; while they are changed, those of the worker that started last count.
 */
export async function noteChannels(pool: Pool, channels: Channels, log: Logger): Promise<void> {
  for (;;) {
    try {
      await writeNotSetUp(pool, notSetUp(channels));
      return;
    } catch (error) {
      log.warn({ error: String(error) }, 'which channels are set up is not noted yet');
      await sleep(RETRY_MS);
    }
  }
}
