import { noteMissing, promiseLook } from '../db/heartbeatLooks.ts';
import { pingOutages } from '../db/heartbeatPings.ts';
import { findHeartbeat } from '../db/heartbeats.ts';
import type { StoredHeartbeat } from '../db/heartbeats.ts';
import { Superseded } from '../db/identity.ts';
import type { Queryable } from '../db/pool.ts';
import { deadlineOf } from '../domain/heartbeat/heartbeat.ts';
import { HOUR } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { definitionOf } from './heartbeatAlert.ts';
import type { HeartbeatAlert } from './heartbeatAlert.ts';

/** When a ping of each is missing unless one comes before, outages of ours considered. */
export async function missingTimes(
  db: Queryable,
  heartbeats: readonly StoredHeartbeat[],
  now: Instant,
): Promise<readonly Instant[]> {
  const awaited = heartbeats.map((heartbeat) => {
    const { every, grace } = definitionOf(heartbeat);
    const { countsFrom, lastPingAt } = heartbeat;
    return { every, grace, countsFrom, lastPingAt };
  });
  const began = awaited.map(({ countsFrom, lastPingAt }) => Math.max(countsFrom, lastPingAt ?? 0));
  const outages = await pingOutages(db, Math.min(now, ...began), now);
  return awaited.map((one) => deadlineOf(one, outages));
}

/**
 * What the workflow of a heartbeat does at its time: looks when the last ping came, and tells the desk when one is missing.
 * @param now the workflow's time
 * @param driver the Temporal namespace that it runs in
 * @returns when to look next; null when there is nothing to wait for: it is paused or deleted
 * @throws Superseded when another namespace drives the records
 */
export async function lookAtHeartbeat(
  engine: Engine,
  tell: HeartbeatAlert,
  id: string,
  now: Instant,
  driver: string,
): Promise<Instant | null> {
  const { pool } = engine;
  for (;;) {
    const heartbeat = await findHeartbeat(pool, id);
    if (heartbeat === undefined || heartbeat.pausedAt !== null) return null;
    const promise = async (at: Instant): Promise<Instant> => {
      if (await promiseLook(pool, heartbeat, at, driver)) return at;
      throw new Superseded(driver);
    };
    if (heartbeat.down !== null) {
      await promise(now);
      if (await tell(heartbeat)) continue;
      // The ping that ends it tells the desk itself; the next one after that is not missing before this time.
      return promise(now + Math.min(definitionOf(heartbeat).every, HOUR));
    }
    const [since = now] = await missingTimes(pool, [heartbeat], now);
    if (now < since) return promise(since);
    await promise(now);
    // Looked at once more in any case: as one that is down, or because a ping came just now.
    await noteMissing(pool, heartbeat, since);
  }
}
