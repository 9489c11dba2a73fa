import type { AlertGroup } from '../db/alertGroups.ts';
import { keep } from '../db/intakeKept.ts';
import type { Delivery } from '../db/intakeKept.ts';
import type { Queryable } from '../db/pool.ts';
import {
  assignAlerts,
  countAlerts,
  personWorksOn,
  raisedBy,
  reopensWithin,
  severityOf,
} from '../domain/alerts.ts';
import type { Merged } from '../domain/alerts.ts';
import type { DomainError, Result } from '../domain/errors.ts';
import type { Notification, Severity } from '../domain/intake/notification.ts';
import type { Policy } from '../domain/policy.ts';
import type { Process, RecordState } from '../domain/process.ts';
import { openingOf, raiseOf, summaryOfChange, unknownService } from './alertTexts.ts';
import { commitIn, openIn } from './commit.ts';
import type { Engine } from './engine.ts';
import type { Committed, Request } from './request.ts';

/** A rule refused what the intake asked for: whatever was delivered must then be kept, for to refuse it is to lose it. */
export class IntakeRefused extends Error {
  constructor(what: string, error: DomainError) {
    super(`the intake could not ${what}: ${JSON.stringify(error)}`);
  }
}

export function allowed(result: Result<Committed>, what: string): RecordState {
  if (result.ok) return result.value.record;
  throw new IntakeRefused(what, result.error);
}

export interface TakenIn {
  /** The incident that stands for the group; null when none ever did. */
  readonly number: string | null;
  /** False for a repeat: then no record was touched. */
  readonly changed: boolean;
}

/** Everything that one notification is worked on with. */
export interface Intake {
  readonly engine: Engine;
  readonly tx: Queryable;
  readonly process: Process;
  readonly policy: Policy;
  readonly notification: Notification;
  readonly delivery: Delivery;
  readonly request: Request;
  readonly merged: Merged;
  /** Alerts began to fire, or fire on long after a person said that the service is restored. */
  readonly fires: boolean;
}

type Outcome = AlertGroup & TakenIn;

async function note(
  { engine, tx, notification, request, merged }: Intake,
  number: string,
  alerts: AlertGroup['alerts'],
  remark?: string,
): Promise<Result<Committed>> {
  const counts = countAlerts(alerts, number);
  const summary = summaryOfChange(notification, merged, counts, remark);
  return commitIn(engine, tx, number, 'noteAlerts', { ...counts, summary }, request);
}

/** Opens an incident for the group. @param earlier the one that stood for it before */
async function openNew(intake: Intake, earlier: string | null): Promise<Outcome> {
  const { engine, tx, process, policy, notification, delivery, request, merged } = intake;
  const opening = openingOf(notification, policy);
  const { number } = allowed(
    await openIn(engine, tx, process, opening, request),
    'open an incident',
  );
  const alerts = assignAlerts(merged.alerts, merged.fired, number);
  allowed(await note(intake, number, alerts), 'note the alerts of a new incident');
  if (earlier !== null) {
    const link = { relation: 'follows', number: earlier };
    allowed(await commitIn(engine, tx, number, 'link', link, request), 'link a new incident');
  }
  const unknown = unknownService(notification, policy);
  if (unknown !== undefined) {
    const reason = `no service of the policy is named "${unknown}": the incident is on the default service`;
    const { id: integration, organisation } = request.actor;
    const kept = { ...delivery, integration, organisation, kind: 'unmapped', reason } as const;
    await keep(tx, { ...kept, number }, { count: 1, at: request.now });
  }
  return { number, alerts, changed: true };
}

/** Takes a resolved incident up again. False when a rule is against it: it closed on the way. */
async function reopened({ engine, tx, request, merged }: Intake, number: string): Promise<boolean> {
  const reason =
    merged.fired.length > 0 ? 'Alerts of the group fire again' : 'Alerts of the group fire on';
  return (await commitIn(engine, tx, number, 'reopen', { reason }, request)).ok;
}

/** Raises an incident to the severity of the alerts that began to fire, when that is higher. One whose severity is set for the group began with it. */
async function raised(
  { engine, tx, policy, notification, request, merged }: Intake,
  { number, fields }: RecordState,
): Promise<void> {
  if (merged.fired.length === 0 || notification.severity !== undefined) return;
  const input = raiseOf(notification, merged, policy);
  const { impact, urgency } = fields as unknown as Severity;
  if (raisedBy(policy, { impact, urgency }, severityOf(policy, input.severity)) === undefined)
    return;
  allowed(await commitIn(engine, tx, number, 'raise', input, request), 'raise the incident');
}

/** Changes the incident that stands for the group. Undefined when it no longer takes the news. */
async function goOn(intake: Intake, record: RecordState): Promise<Outcome | undefined> {
  const { engine, tx, policy, notification, request, merged } = intake;
  const { number, fields } = record;
  const { reopenWithin, resolvesWorkInProgress } = policy.body.alertmanager;
  const alerts = assignAlerts(merged.alerts, [...merged.fired, ...merged.ended], number);
  const fires = [...alerts.values()].some(({ firing }) => firing);
  if (record.state === 'resolved' && intake.fires) {
    if (!reopensWithin(fields['resolvedAt'], reopenWithin, request.now)) return undefined;
    if (!(await reopened(intake, number))) return undefined;
  }
  const over = !fires && notification.truncatedAlerts === 0 && record.state !== 'resolved';
  const { assignee, answeredAt } = fields;
  const leave =
    over && !resolvesWorkInProgress && personWorksOn({ state: record.state, assignee, answeredAt });
  const remark = leave ? 'All alerts are over. Somebody works on it, so it stays open' : undefined;
  const noted = await note(intake, number, alerts, remark);
  if (!noted.ok) return undefined;
  await raised(intake, record);
  if (over && !leave) {
    const input = { code: 'monitoring', notes: 'All alerts of the group are resolved' };
    allowed(await commitIn(engine, tx, number, 'resolve', input, request), 'resolve the incident');
  }
  return { number, alerts, changed: true };
}

/** What the group becomes, and whether a record was touched. */
export async function react(
  intake: Intake,
  group: AlertGroup,
  record: RecordState | undefined,
): Promise<Outcome> {
  const { process, merged } = intake;
  if (record !== undefined && !process.final.includes(record.state)) {
    const gone = await goOn(intake, record);
    if (gone !== undefined) return gone;
  }
  if (intake.fires) return openNew(intake, record?.number ?? null);
  // Remembered all the same, so that a late notice of their firing opens nothing.
  const alerts = assignAlerts(merged.alerts, merged.ended, group.number);
  return { number: group.number, alerts, changed: false };
}
