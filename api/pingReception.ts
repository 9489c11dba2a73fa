import type { Logger } from 'pino';
import { notePingReception } from '../db/heartbeatPings.ts';
import type { Pool } from '../db/pool.ts';
import { every } from './every.ts';
import type { Repeated } from './every.ts';

const EVERY_MS = 15_000;

/** Says from time to time that pings of heartbeats can be taken here: what nobody could send is nobody's fault (records/heartbeatLook.ts). */
export function startPingReception(pool: Pool, log: Logger): Repeated {
  return every(
    EVERY_MS,
    () => notePingReception(pool, Date.now()),
    (error) => {
      log.warn({ err: error }, 'it could not be noted that pings are taken');
    },
  );
}
