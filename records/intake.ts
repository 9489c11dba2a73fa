import { createHash } from 'node:crypto';
import { lockGroup, saveGroup } from '../db/alertGroups.ts';
import type { AlertGroup } from '../db/alertGroups.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Actor } from '../domain/actor.ts';
import { assignAlerts, countAlerts, mergeAlerts } from '../domain/alerts.ts';
import type { Merged } from '../domain/alerts.ts';
import type { Result } from '../domain/errors.ts';
import { ok } from '../domain/errors.ts';
import type { Process } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { openingOf, summaryOfChange } from './alertTexts.ts';
import type { Notification } from './alertTexts.ts';
import { commitIn, openIn } from './commit.ts';
import type { Committed, Request } from './commit.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';

export interface TakenIn {
  /** The incident that stands for the group; null when none ever did. */
  readonly number: string | null;
  /** False for a repeat: then no record was touched. */
  readonly changed: boolean;
}

/** Everything that one notification is worked on with. */
interface Intake {
  readonly engine: Engine;
  readonly tx: Queryable;
  readonly process: Process;
  readonly notification: Notification;
  readonly request: Request;
  readonly merged: Merged;
}

/** A monitoring system acts as itself, also when an admin's key brings its notice: a machine's word is no person's answer. */
function asIntegration({ id, organisation }: Actor): Actor {
  return { kind: 'integration', id, roles: ['integration'], organisation };
}

function isUnforeseen(result: Result<Committed>, what: string): void {
  if (!result.ok) throw new Error(`the intake could not ${what}: ${JSON.stringify(result.error)}`);
}

async function note(
  intake: Intake,
  number: string,
  alerts: AlertGroup['alerts'],
): Promise<Result<Committed>> {
  const { engine, tx, notification, request, merged } = intake;
  const counts = countAlerts(alerts, number);
  const summary = summaryOfChange(notification, merged, counts);
  return commitIn(engine, tx, number, 'noteAlerts', { ...counts, summary }, request);
}

async function openNew(intake: Intake): Promise<Result<AlertGroup>> {
  const { engine, tx, process, notification, request, merged } = intake;
  const policy = await engine.policies.active(tx);
  const opened = await openIn(engine, tx, process, openingOf(notification, policy), request);
  if (!opened.ok) return opened;
  const { number } = opened.value.record;
  const alerts = assignAlerts(merged.alerts, merged.fired, number);
  isUnforeseen(await note(intake, number, alerts), 'note the alerts of a new incident');
  return ok({ number, alerts });
}

/** Changes the incident that stands for the group. Undefined when it no longer takes the news: it was closed on the way. */
async function goOn(
  intake: Intake,
  number: string,
  state: string,
): Promise<AlertGroup | undefined> {
  const { engine, tx, notification, request, merged } = intake;
  const alerts = assignAlerts(merged.alerts, [...merged.fired, ...merged.ended], number);
  if (state === 'resolved' && merged.fired.length > 0) {
    const reason = 'Alerts of the group fire again';
    const reopened = await commitIn(engine, tx, number, 'reopen', { reason }, request);
    if (!reopened.ok) return undefined;
  }
  const noted = await note(intake, number, alerts);
  if (!noted.ok) return undefined;
  const fires = [...alerts.values()].some(({ firing }) => firing);
  if (fires || notification.truncatedAlerts > 0 || noted.value.record.state === 'resolved') {
    return { number, alerts };
  }
  const input = { code: 'monitoring', notes: 'All alerts of the group are resolved' };
  isUnforeseen(
    await commitIn(engine, tx, number, 'resolve', input, request),
    'resolve the incident',
  );
  return { number, alerts };
}

/** What the group becomes, and whether a record was touched. */
async function react(intake: Intake, group: AlertGroup): Promise<Result<AlertGroup & TakenIn>> {
  const { tx, process, merged } = intake;
  const record = group.number === null ? undefined : (await lockRecord(tx, group.number))?.record;
  if (record !== undefined && !process.final.includes(record.state)) {
    const gone = await goOn(intake, record.number, record.state);
    if (gone !== undefined) return ok({ ...gone, changed: true });
  }
  if (merged.fired.length > 0) {
    const opened = await openNew(intake);
    return opened.ok ? ok({ ...opened.value, changed: true }) : opened;
  }
  // Remembered all the same, so that a late notice of their firing opens nothing.
  const alerts = assignAlerts(merged.alerts, merged.ended, group.number);
  return ok({ number: group.number, alerts, changed: false });
}

/**
 * Takes in one notification of Alertmanager: one incident stands for one group. What was known already only counts; what is new opens, notes,
 * reopens or resolves, all in one transaction, so that a redelivery finds everything done or nothing.
 */
export async function takeInAlerts(
  engine: Engine,
  notification: Notification,
  actor: Actor,
): Promise<Result<TakenIn>> {
  const integration = asIntegration(actor);
  const now: Instant = engine.clock();
  const id = {
    integration: integration.id,
    hash: createHash('sha256').update(notification.groupKey).digest(),
  };
  const taken = await inTransaction(engine.pool, async (tx): Promise<Result<TakenIn>> => {
    const { groupKey } = notification;
    const { organisation } = integration;
    const group = await lockGroup(tx, id, { groupKey, organisation }, now);
    const merged = mergeAlerts(group.alerts, notification.alerts);
    if (merged.fired.length === 0 && merged.ended.length === 0) {
      return ok({ number: group.number, changed: false });
    }
    const process = processOf(engine, 'incident');
    const request = { actor: integration, now };
    const result = await react({ engine, tx, process, notification, request, merged }, group);
    if (!result.ok) return result;
    await saveGroup(tx, id, result.value);
    return ok({ number: result.value.number, changed: result.value.changed });
  });
  if (taken.ok && taken.value.changed) engine.onWake();
  return taken;
}
