import { createHash } from 'node:crypto';
import {
  countOldNews,
  countRepeats,
  findGroup,
  lockGroup,
  saveDigest,
  saveGroup,
} from '../db/alertGroups.ts';
import type { Arrival, Counted, GroupId } from '../db/alertGroups.ts';
import type { Delivery } from '../db/intakeKept.ts';
import { inTransaction } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Actor } from '../domain/actor.ts';
import { essenceOf, firesOn, firesStill, mergeAlerts } from '../domain/alerts.ts';
import type { Notification } from '../domain/intake/notification.ts';
import type { Instant } from '../domain/time.ts';
import { react } from './alertIncident.ts';
import type { TakenIn } from './alertIncident.ts';
import { createCoalescer } from './coalesce.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';

/** A monitoring system acts as itself, also when an admin's key brings its notice: a machine's word is no person's answer. */
export function asIntegration({ id, organisation }: Actor): Actor {
  return { kind: 'integration', id, roles: ['integration'], organisation };
}

interface Arrived {
  readonly notification: Notification;
  readonly delivery: Delivery;
  readonly actor: Actor;
  readonly id: GroupId;
  /** Of what it says. */
  readonly digest: Buffer;
}

/**
 * Whether a notification tells nothing that is not known: late, repeated with others, out of order. What is known never becomes news again, so this
 * needs no lock: in a storm, those that wait for each other's transactions would take every connection from the desk.
 */
async function isOldNews(
  engine: Engine,
  { id, notification }: Arrived,
  at: Instant,
): Promise<boolean> {
  const group = await findGroup(engine.pool, id);
  if (group === undefined) return false;
  const { fired, ended } = mergeAlerts(group.alerts, notification.alerts, at);
  return fired.length === 0 && ended.length === 0;
}

/** Counts notifications that tell nothing new. Undefined when they do. */
async function countKnown(
  engine: Engine,
  arrived: Arrived,
  arrival: Arrival,
): Promise<Counted | undefined> {
  const { id, digest } = arrived;
  const repeats = await countRepeats(engine.pool, id, digest, arrival);
  if (repeats !== undefined) return repeats;
  const isOld = await isOldNews(engine, arrived, arrival.at);
  return isOld ? countOldNews(engine.pool, id, digest, arrival) : undefined;
}

/** Whether a notification that tells nothing new may contradict the end of its record; what is known of each alert decides, under the lock. */
async function mayFireOn(
  engine: Engine,
  { alerts }: Notification,
  { record }: Counted,
  now: Instant,
): Promise<boolean> {
  if (record === null || !alerts.some(({ firing }) => firing)) return false;
  const policy = await engine.policies.active(engine.pool);
  return firesOn(record, policy.body.alertmanager.stillFiringAfter, now);
}

/** The whole way, in one transaction, so that a redelivery finds everything done or nothing. */
async function takeIn(engine: Engine, arrived: Arrived, arrival: Arrival): Promise<TakenIn> {
  const { notification, delivery, actor, id, digest } = arrived;
  const taken = await inTransaction(engine.pool, async (tx) => {
    const { groupKey } = notification;
    const { organisation } = actor;
    const group = await lockGroup(tx, id, { groupKey, organisation }, arrival);
    const now = arrival.at;
    const merged = mergeAlerts(group.alerts, notification.alerts, now);
    const record = group.number === null ? undefined : (await lockRecord(tx, group.number))?.record;
    const policy = await engine.policies.active(tx);
    const end = record && { state: record.state, resolvedAt: record.fields['resolvedAt'] };
    const { stillFiringAfter } = policy.body.alertmanager;
    const goesOn =
      end !== undefined &&
      firesOn(end, stillFiringAfter, now) &&
      firesStill(merged.alerts, notification.alerts);
    const fires = merged.fired.length > 0 || goesOn;
    if (!fires && merged.ended.length === 0) {
      await saveDigest(tx, id, digest);
      return { number: group.number, changed: false };
    }
    const process = processOf(engine, 'incident');
    const request = { actor, now };
    const intake = { engine, tx, process, policy, notification, delivery, request, merged, fires };
    const { number, alerts, changed } = await react(intake, group, record);
    await saveGroup(tx, id, { number, alerts }, digest);
    return { number, changed };
  });
  if (taken.changed) engine.onWake();
  return taken;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export type AlertIntake = (
  notification: Notification,
  delivery: Delivery,
  actor: Actor,
) => Promise<TakenIn>;

/**
 * Takes in notifications of monitoring systems: one incident stands for one group. What was known already only counts, with one short statement for all
 * repeats that came meanwhile; what is new opens, notes, reopens or resolves.
 * @throws IntakeRefused when a rule stands against it: nothing was changed, and it must be kept
 */
export function createAlertIntake(engine: Engine): AlertIntake {
  const together = createCoalescer<TakenIn>();
  return (notification, delivery, actor) => {
    const integration = asIntegration(actor);
    const id = { integration: integration.id, hash: sha256(notification.groupKey) };
    const digest = sha256(essenceOf(notification.alerts, notification.truncatedAlerts));
    const arrived = { notification, delivery, actor: integration, id, digest };
    const key = `${id.integration} ${id.hash.toString('hex')} ${digest.toString('hex')}`;
    return together(key, {
      run: async (count) => {
        const arrival = { count, at: engine.clock() };
        const counted = await countKnown(engine, arrived, arrival);
        if (counted === undefined) return takeIn(engine, arrived, arrival);
        if (await mayFireOn(engine, notification, counted, arrival.at)) {
          return takeIn(engine, arrived, { ...arrival, count: 0 });
        }
        return { number: counted.number, changed: false };
      },
      joined: ({ number }) => ({ number, changed: false }),
    });
  };
}
