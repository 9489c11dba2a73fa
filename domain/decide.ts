import type { Actor, Role } from './actor.ts';
import { hasRole, systemActor } from './actor.ts';
import { excludeFromClock, noteMoment } from './clock.ts';
import type { DueMoment } from './due.ts';
import { nextDue } from './due.ts';
import { consequences } from './effects.ts';
import type { DomainError, Refusal, Result } from './errors.ts';
import { ok, refuse } from './errors.ts';
import { evolve, origin } from './evolve.ts';
import type { Origin } from './evolve.ts';
import type { Policy } from './policy.ts';
import type {
  AnyFields,
  Change,
  Command,
  CommandSituation,
  DomainEvent,
  Process,
  Reason,
  RecordState,
  RelatedRecord,
  Step,
} from './process.ts';
import { settle } from './settle.ts';
import { upToDate } from './upToDate.ts';
import type { Instant } from './time.ts';

interface Happening {
  readonly type: string;
  readonly at: Instant;
  readonly actor: Pick<Actor, 'kind' | 'id'>;
  readonly data: AnyFields;
  readonly state?: string;
  readonly fields?: AnyFields;
  readonly clocks?: RecordState['clocks'];
  readonly reasons?: readonly Reason[];
}

function difference(before: RecordState, after: RecordState): Change {
  const changed = (a: AnyFields, b: AnyFields): AnyFields =>
    Object.fromEntries(Object.entries(b).filter(([key, value]) => a[key] !== value));
  const fields = changed(before.fields, after.fields);
  const clocks = changed(before.clocks, after.clocks) as RecordState['clocks'];
  return {
    ...(before.state === after.state ? {} : { state: after.state }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(Object.keys(clocks).length === 0 ? {} : { clocks }),
  };
}

/** Makes the event of one happening, with all that follows from it for derived fields and clocks. Time never runs backwards on a record. */
function happen(process: Process, before: RecordState, policy: Policy, what: Happening): Step {
  const at = Math.max(what.at, before.lastAt);
  const draft: RecordState = {
    ...before,
    state: what.state ?? before.state,
    fields: { ...upToDate(process, before).fields, ...what.fields },
    clocks: { ...before.clocks, ...what.clocks },
  };
  const policyChanged = before.policy !== policy.hash;
  const settled = settle(process, before, draft, policy, at, policyChanged);
  const event: DomainEvent = {
    seq: before.seq + 1,
    type: what.type,
    at,
    actor: { kind: what.actor.kind, id: what.actor.id },
    version: process.version,
    policy: policy.hash,
    data: what.data,
    reasons: [...(what.reasons ?? []), ...settled.reasons],
    change: difference(before, settled.record),
  };
  return { event, before, after: evolve(before, event) };
}

/**
 * Opens a record.
 * @param input parsed by the definition's schema, its free texts replaced by their ids
 */
export function decideOpen(
  process: Process,
  of: Origin,
  input: AnyFields,
  actor: Actor,
  policy: Policy,
  now: Instant,
): Result<Step> {
  const { opening } = process;
  if (!hasRole(actor, opening.by)) {
    return refuse({ kind: 'forbidden', command: 'open', roles: actor.roles, needed: opening.by });
  }
  const refusal = opening.refuse?.({ input, actor, policy, now });
  if (refusal !== undefined) return refuse(toError(refusal, []));
  const empty = origin(of, { at: now, version: process.version, policy: policy.hash });
  return ok(
    happen(process, empty, policy, {
      type: 'opened',
      at: now,
      actor,
      data: {},
      state: process.initial,
      fields: opening.fields({ input, actor, policy, now }),
    }),
  );
}

function toError(refusal: Refusal, allowed: readonly string[]): DomainError {
  return typeof refusal === 'string'
    ? { kind: 'refused', detail: refusal, allowed }
    : { kind: 'invalid', issues: [refusal] };
}

/** Whether a role may give a command at all, in whatever state. */
function mayGive(command: Command<AnyFields, string>, actor: Actor): boolean {
  return hasRole(actor, command.by);
}

/** Whether a role that may give a command may do so in this state. */
function mayGiveIn(state: string, command: Command<AnyFields, string>, actor: Actor): boolean {
  return hasRole(actor, command.byIn?.[state] ?? command.by);
}

/** The commands that the actor may give now, by state and role; a command's own rules may still refuse it. */
export function allowedCommands(process: Process, record: RecordState, actor: Actor): string[] {
  const { state } = record;
  return Object.entries(process.commands)
    .filter(([, command]) => command.from.includes(state) && mayGiveIn(state, command, actor))
    .filter(([, { resource }]) => resource === undefined)
    .map(([name]) => name);
}

/**
 * Decides one command.
 * @param input parsed by the command's schema, its free texts replaced by their ids
 * @param related the record that the command's `related` names
 */
export function decide(
  process: Process,
  stored: RecordState,
  name: string,
  input: AnyFields,
  actor: Actor,
  policy: Policy,
  now: Instant,
  related?: RelatedRecord,
): Result<Step> {
  const record = upToDate(process, stored);
  const command = process.commands[name];
  if (command === undefined) return refuse({ kind: 'notFound', what: `command "${name}"` });
  const at = Math.max(now, record.lastAt);
  const situation = { record, input, actor, policy, now: at, related };
  const refusal = refusalOf(process, command, name, situation);
  if (refusal !== undefined) return refuse(refusal);
  const to = typeof command.to === 'function' ? command.to(situation) : command.to;
  const fields = command.set?.(situation);
  const clocks = excluded(command, situation);
  return ok(
    happen(process, stored, policy, {
      type: command.event,
      at,
      actor,
      data: input,
      ...(to === undefined ? {} : { state: to }),
      ...(fields === undefined ? {} : { fields }),
      ...(clocks === undefined ? {} : { clocks }),
      reasons: command.reasons?.(situation) ?? [],
    }),
  );
}

function excluded(
  command: Command<AnyFields, string>,
  situation: CommandSituation<AnyFields, string, AnyFields>,
): RecordState['clocks'] | undefined {
  const { record, policy } = situation;
  const exclusion = command.exclude?.(situation);
  if (exclusion === undefined) return undefined;
  const clock = record.clocks[exclusion.clock];
  if (clock === undefined) return undefined;
  const calendar = policy.calendar(clock.target.calendar);
  return { [exclusion.clock]: excludeFromClock(clock, calendar, exclusion.from, exclusion.to) };
}

function refusalOf(
  process: Process,
  command: Command<AnyFields, string>,
  name: string,
  situation: CommandSituation<AnyFields, string, AnyFields>,
): DomainError | undefined {
  const { record, actor } = situation;
  if (!mayGive(command, actor)) {
    const needed: readonly Role[] = command.by;
    return { kind: 'forbidden', command: name, roles: actor.roles, needed };
  }
  const allowed = allowedCommands(process, record, actor);
  const { state } = record;
  if (!command.from.includes(state)) return { kind: 'wrongState', command: name, state, allowed };
  if (!mayGiveIn(state, command, actor)) {
    const needed: readonly Role[] = command.byIn?.[state] ?? [];
    return { kind: 'wrongState', command: name, state, needed, allowed };
  }
  const refusal = command.refuse?.(situation);
  return refusal === undefined ? undefined : toError(refusal, allowed);
}

/**
 * Everything that became due until `now`, in order, each effective at its due moment; and, should the policy have changed since, what the new one
 * changes. A policy that changes nothing of the record decides nothing about it, so that is no event.
 * @param previous the policy that decided the record last
 */
export function decideDue(
  process: Process,
  record: RecordState,
  policy: Policy,
  previous: Policy,
  now: Instant,
): Step[] {
  const steps: Step[] = [];
  let current = record;
  const take = (step: Step): void => {
    steps.push(step);
    current = step.after;
  };
  for (
    let due = nextDue(process, current);
    due !== undefined && due.at <= now;
    due = nextDue(process, current)
  ) {
    take(passMoment(process, current, due, policy));
  }
  if (current.policy !== policy.hash && !process.final.includes(current.state)) {
    const step = happen(process, current, policy, {
      type: 'policyApplied',
      at: Math.max(now, current.lastAt),
      actor: systemActor('policy', current.organisation),
      data: { from: current.policy, to: policy.hash },
    });
    if (!isIdle(process, step, policy, previous)) {
      take(step);
      steps.push(...decideDue(process, current, policy, previous, now));
    }
  }
  return steps;
}

/** Whether a step neither changed the record nor asks for anything or ends it. */
function isIdle(process: Process, step: Step, policy: Policy, previous: Policy): boolean {
  if (Object.keys(step.event.change).length > 0) return false;
  const { effects, ended } = consequences(process, [step], policy, previous);
  return effects.length === 0 && ended.length === 0;
}

function passMoment(process: Process, record: RecordState, due: DueMoment, policy: Policy): Step {
  if (due.kind === 'timer') return passTimer(process, record, due, policy);
  const clock = record.clocks[due.name];
  const definition = process.clocks[due.name];
  if (clock === undefined) throw new Error(`${record.number} has no clock ${due.name}`);
  const clocks = { [due.name]: noteMoment(clock, due) };
  const data = { clock: due.name, share: due.share, dueAt: due.at, rule: clock.target.rule };
  if (due.share === 1 && definition?.then !== undefined) {
    const noted = { ...record, clocks: { ...record.clocks, ...clocks } };
    const { event } = giveAsSystem(process, noted, definition.then, due, policy);
    const change = { ...event.change, clocks: { ...clocks, ...event.change.clocks } };
    const whole: DomainEvent = { ...event, data, change };
    return { event: whole, before: record, after: evolve(record, whole) };
  }
  const type = `${due.name}.${due.share === 1 ? 'breached' : 'warned'}`;
  const actor = systemActor('tick', record.organisation);
  return happen(process, record, policy, { type, at: due.at, actor, data, clocks });
}

function passTimer(process: Process, record: RecordState, due: DueMoment, policy: Policy): Step {
  const timer = process.timers[due.name];
  if (timer === undefined) throw new Error(`${process.name} has no timer ${due.name}`);
  const step = giveAsSystem(process, record, timer.then, due, policy);
  const next = timer.at(upToDate(process, step.after));
  // A timer that names the same moment again would be due for ever.
  if (next !== null && next <= due.at) {
    throw new Error(`${process.name}: "${timer.then}" leaves the timer ${due.name} due`);
  }
  return step;
}

function giveAsSystem(
  process: Process,
  record: RecordState,
  command: string,
  due: DueMoment,
  policy: Policy,
): Step {
  const actor = systemActor('tick', record.organisation);
  const step = decide(process, record, command, {}, actor, policy, due.at);
  if (step.ok) return step.value;
  const why = JSON.stringify(step.error);
  throw new Error(`${record.number}: ${due.kind} ${due.name} cannot ${command}: ${why}`);
}
