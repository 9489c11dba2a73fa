import { notePing } from '../db/heartbeatPings.ts';
import type { PingKind } from '../db/heartbeatPings.ts';
import type { Engine } from './engine.ts';
import { createHeartbeatAlert } from './heartbeatAlert.ts';
import { hashToken } from './heartbeats.ts';

/** Takes pings. @returns false for a token that no heartbeat has */
export type TakePing = (token: string, kind: PingKind) => Promise<boolean>;

/**
 * Counts pings with one statement each, whatever becomes of Temporal and the worker. One that says that its job failed opens the incident, and one
 * that finds its heartbeat down ends it: also here, without them.
 */
export function createPingTaker(engine: Engine): TakePing {
  const tell = createHeartbeatAlert(engine);
  return async (token, kind) => {
    const heartbeat = await notePing(engine.pool, hashToken(token), kind, engine.clock());
    if (heartbeat === undefined) return false;
    if (heartbeat.pausedAt === null && kind !== 'start') await tell(heartbeat);
    return true;
  };
}
