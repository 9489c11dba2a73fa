import { createHash } from 'node:crypto';
import { noteUp } from '../db/heartbeatLooks.ts';
import type { Down, StoredHeartbeat } from '../db/heartbeats.ts';
import type { Delivery } from '../db/intakeKept.ts';
import type { Actor } from '../domain/actor.ts';
import { heartbeatSchema } from '../domain/heartbeat/heartbeat.ts';
import type { HeartbeatDefinition } from '../domain/heartbeat/heartbeat.ts';
import type { Notification } from '../domain/intake/notification.ts';
import { formatDuration, toIso } from '../domain/time.ts';
import { IntakeRefused } from './alertIncident.ts';
import type { Engine } from './engine.ts';
import { createAlertIntake } from './intake.ts';
import { createKeeper } from './intakeKept.ts';

/** Heartbeats are reported to the desk as a monitoring system of this name reports alerts. */
export const HEARTBEATS = 'heartbeat';

/** @throws Error for a heartbeat that an incompatible version stored: a fault, not the caller's */
export function definitionOf({ id, definition }: StoredHeartbeat): HeartbeatDefinition {
  const parsed = heartbeatSchema.safeParse(definition);
  if (parsed.success) return parsed.data;
  throw new Error(`the stored heartbeat ${id} cannot be read by this version`);
}

/** What is wrong, in one line. */
function titleOf({ name }: HeartbeatDefinition, { lastPingAt }: StoredHeartbeat, { why }: Down) {
  if (why === 'failed') return `"${name}" says that it failed`;
  const last = lastPingAt === null ? 'yet' : `since ${toIso(lastPingAt)}`;
  return `No ping of "${name}" ${last}`;
}

/** What was expected, and whether a run has begun that told nothing of its end. */
function detailOf({ every, grace }: HeartbeatDefinition, { startedAt }: StoredHeartbeat): string {
  const expected = `one is expected every ${formatDuration(every)}, at most ${formatDuration(grace)} late`;
  if (startedAt === null) return expected;
  return `${expected}; a run began at ${toIso(startedAt)} and has not told of its end`;
}

/** The state of a heartbeat as a group with one alert, so that what holds of alerts holds of heartbeats. */
function notificationOf(heartbeat: StoredHeartbeat, down: Down): Notification {
  const definition = definitionOf(heartbeat);
  const { service, item, impact, urgency } = definition;
  const groupKey = `heartbeat/${heartbeat.id}`;
  const title = titleOf(definition, heartbeat, down);
  return {
    source: 'Heartbeats',
    groupKey,
    truncatedAlerts: 0,
    title,
    service,
    item,
    alerts: [
      {
        fingerprint: groupKey,
        startsAt: down.since,
        firing: !isOver(heartbeat, down),
        text: `${title}; ${detailOf(definition, heartbeat)}`,
        severity: undefined,
      },
    ],
    severity: { impact, urgency },
  };
}

function isOver({ lastPingAt }: StoredHeartbeat, { since }: Down): boolean {
  return lastPingAt !== null && lastPingAt > since;
}

/** What is kept of it when its service is not in the policy any more. */
function deliveryOf(notification: Notification): Delivery {
  const bytes = Buffer.from(JSON.stringify(notification));
  const hash = createHash('sha256').update(bytes).digest();
  return { contentType: 'application/json', size: bytes.length, hash, bytes };
}

/** Tells the desk how a heartbeat that is down is now. May be repeated: what is known changes nothing. @returns whether it is up again */
export type HeartbeatAlert = (heartbeat: StoredHeartbeat) => Promise<boolean>;

/**
 * One incident stands for a heartbeat, by the rules of alerts: it opens when the heartbeat is down, once for each time, and is resolved by the next
 * ping unless a person works on it.
 */
export function createHeartbeatAlert(engine: Engine): HeartbeatAlert {
  const takeIn = createAlertIntake(engine);
  const keep = createKeeper(engine);
  return async (heartbeat) => {
    const { id, down, organisation } = heartbeat;
    if (down === null) return true;
    const notification = notificationOf(heartbeat, down);
    const delivery = deliveryOf(notification);
    const actor: Actor = {
      kind: 'integration',
      id: HEARTBEATS,
      roles: ['integration'],
      organisation,
    };
    try {
      await takeIn(notification, delivery, actor);
    } catch (error) {
      if (!(error instanceof IntakeRefused)) throw error;
      await keep('A heartbeat', delivery, error.message, actor);
    }
    const isUp = isOver(heartbeat, down);
    if (isUp) await noteUp(engine.pool, id, down);
    return isUp;
  };
}
