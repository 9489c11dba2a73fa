import { createHash, randomUUID } from 'node:crypto';

import { findCommand } from '../db/commands.ts';
import { findByCommand, readEvents } from '../db/events.ts';
import { requireDriver } from '../db/identity.ts';
import { correctDue } from '../db/plan.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { findRelated, lockRecord, nextSequence } from '../db/records.ts';
import { save } from '../db/save.ts';
import type { NewText } from '../db/save.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn, systemActor } from '../domain/actor.ts';
import { decide, decideDue, decideOpen } from '../domain/decide.ts';
import type { Step } from '../domain/decide.ts';
import { dueAt } from '../domain/due.ts';
import { consequences } from '../domain/effects.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { parseInput } from '../domain/input.ts';
import { fold } from '../domain/evolve.ts';
import { recordNumber } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Effect, Process, RecordState } from '../domain/process.ts';
import { DAY, HOUR } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { canonical } from './canonical.ts';
import { chainEvents, chainStart } from './chain.ts';
import type { Engine } from './engine.ts';
import { processThatDecides } from './engine.ts';
import { policyInForce } from './policies.ts';
import { erase, textsToErase } from './redact.ts';
import { takeTextsApart } from './texts.ts';

export interface Request {
  readonly actor: Actor;
  /** The record's time: the caller's clock, or the workflow's. Never taken as before the record's last event. */
  readonly now: Instant;
  /** A caller's Idempotency-Key: the same again gets the same answer. */
  readonly idempotencyKey?: string | undefined;
  /** An internal command's id: it is committed once, whoever repeats it. */
  readonly commandId?: string | undefined;
  /** Of a workflow's commit: the Temporal namespace that it runs in, which must drive the records. */
  readonly driver?: string | undefined;
  /** Refuse unless the record still has this seq. */
  readonly ifMatch?: number | undefined;
}

export interface Committed {
  readonly record: RecordState;
  /** True when this is the stored answer of an earlier call. */
  readonly repeated: boolean;
}

/** How long an effect is tried before it is given up. A page is stale long before: what it is for cancels it. */
const giveUpAfter: Readonly<Record<Effect['kind'], number>> = {
  notification: 6 * HOUR,
  advance: HOUR,
  escalation: 30 * DAY,
};

const DEFAULT_PRIORITY = 3;

function hashBody(name: string, input: unknown): Buffer {
  return createHash('sha256').update(`${name}\n`).update(canonical(input)).digest();
}

/** Whether a record is there for somebody at all: people who only ask see their own. */
export function maySee(record: RecordState, actor: Actor): boolean {
  if (!seesOnlyOwn(actor)) return true;
  return record.organisation === actor.organisation && record.fields['requester'] === actor.id;
}

/** The stored answer to a key: the record as it was then, folded from its events. Undefined when the key is new. */
async function storedAnswer(
  tx: Queryable,
  request: Request,
  bodyHash: Buffer,
): Promise<Result<Committed> | undefined> {
  const { actor, idempotencyKey } = request;
  if (idempotencyKey === undefined) return undefined;
  const stored = await findCommand(tx, `${actor.kind}:${actor.id}`, idempotencyKey);
  if (stored === undefined) return undefined;
  if (!stored.bodyHash.equals(bodyHash)) return refuse({ kind: 'keyReused', key: idempotencyKey });
  const locked = await lockRecord(tx, stored.number);
  const record =
    locked && fold(locked.record, await readEvents(tx, stored.number, { upTo: stored.seq }));
  if (record === undefined) throw new Error(`${stored.number} has an answer but no events`);
  return ok({ record, repeated: true });
}

interface Outcome {
  readonly process: Process;
  readonly policy: Policy;
  /** The policy that decided the record before. */
  readonly previous: Policy;
  readonly steps: readonly Step[];
  readonly chain: Buffer;
  readonly texts: readonly NewText[];
  readonly request: Request;
  readonly bodyHash: Buffer;
  /** The due moment that the record's workflow had armed before this. */
  readonly armedAt: Instant | null;
}

/** Writes what was decided, in the caller's transaction. */
async function write(engine: Engine, tx: Queryable, outcome: Outcome): Promise<RecordState> {
  const { process, policy, steps, request } = outcome;
  const record = steps.at(-1)?.after;
  if (record === undefined) throw new Error('nothing was decided');
  const recordedAt = engine.clock();
  const { effects, ended } = consequences(process, steps, policy, outcome.previous);
  const events = chainEvents(
    outcome.chain,
    steps.map(({ event }) => event),
    {
      number: record.number,
      organisation: record.organisation,
      recordedAt,
      commandId: request.commandId ?? randomUUID(),
    },
  );
  const due = dueAt(process, record);
  const final = process.final.includes(record.state);
  const opened = events[0]?.seq === 1;
  const earlier = due !== null && (outcome.armedAt === null || due < outcome.armedAt);
  const wake = opened || final || earlier || effects.length > 0 || ended.length > 0;
  const priority = record.fields['priority'];
  await save(tx, {
    record,
    final,
    dueAt: due,
    chain: events.at(-1)?.hash ?? outcome.chain,
    texts: outcome.texts,
    events,
    effects: effects.map((planned) => ({
      ...planned,
      giveUpAt: recordedAt + giveUpAfter[planned.effect.kind],
    })),
    ended,
    recordedAt,
    command: commandOf(request, outcome.bodyHash),
    wake: wake
      ? { priority: typeof priority === 'number' ? priority : DEFAULT_PRIORITY, since: recordedAt }
      : null,
  });
  return record;
}

function commandOf({ actor, idempotencyKey }: Request, bodyHash: Buffer) {
  return idempotencyKey === undefined
    ? null
    : { actor: `${actor.kind}:${actor.id}`, key: idempotencyKey, bodyHash };
}

/** Opens a record, in the caller's transaction or in none: all that it writes is one statement. Call `engine.onWake()` after it. */
export async function openIn(
  engine: Engine,
  tx: Queryable,
  process: Process,
  rawInput: unknown,
  request: Request,
): Promise<Result<Committed>> {
  const parsed = parseInput(process.opening.input, rawInput);
  if (!parsed.ok) return parsed;
  const bodyHash = hashBody(`open ${process.name}`, parsed.value);
  const answer = await storedAnswer(tx, request, bodyHash);
  if (answer !== undefined) return answer;
  const { input, texts } = takeTextsApart(process.opening.input, parsed.value);
  const { sequence, activePolicy } = await nextSequence(tx, process.prefix);
  const policy = await policyInForce(engine.policies, tx, activePolicy);
  const { organisation } = request.actor;
  const of = {
    number: recordNumber(process.prefix, sequence),
    process: process.name,
    organisation,
  };
  const step = decideOpen(process, of, input, request.actor, policy, request.now);
  if (!step.ok) return step;
  const steps = [step.value];
  const outcome = {
    process,
    policy,
    previous: policy,
    steps,
    chain: chainStart,
    texts,
    request,
    bodyHash,
    armedAt: null,
  };
  return ok({ record: await write(engine, tx, outcome), repeated: false });
}

/** Commits one command in the caller's transaction; call `engine.onWake()` after it. What became due before it is committed with it, in order. */
export async function commitIn(
  engine: Engine,
  tx: Queryable,
  number: string,
  command: string,
  rawInput: unknown,
  request: Request,
): Promise<Result<Committed>> {
  if (request.driver !== undefined) await requireDriver(tx, request.driver);
  const locked = await lockRecord(tx, number);
  if (locked === undefined || !maySee(locked.record, request.actor)) {
    return refuse({ kind: 'notFound', what: `record ${number}` });
  }
  const { record } = locked;
  const process = processThatDecides(engine, record);
  const definition = Object.hasOwn(process.commands, command)
    ? process.commands[command]
    : undefined;
  if (definition === undefined) return refuse({ kind: 'notFound', what: `command "${command}"` });
  const parsed = parseInput(definition.input, rawInput);
  if (!parsed.ok) return parsed;
  const bodyHash = hashBody(`${command} ${number}`, parsed.value);
  const answer =
    (await storedAnswer(tx, request, bodyHash)) ?? (await committedBefore(tx, record, request));
  if (answer !== undefined) return answer;
  if (request.ifMatch !== undefined && request.ifMatch !== record.seq) {
    return refuse({ kind: 'stale', expected: request.ifMatch, actual: record.seq });
  }
  const { input: given, texts } = takeTextsApart(definition.input, parsed.value);
  const erased = definition.erases === true ? await textsToErase(tx, record, given) : undefined;
  const input = erased?.ok === true ? { ...given, texts: erased.value } : given;
  const policy = await policyInForce(engine.policies, tx, locked.activePolicy);
  const due = decideDue(process, record, policy, request.now);
  const current = due.at(-1)?.after ?? record;
  const relatedNumber = definition.related?.(input);
  const related = relatedNumber === undefined ? undefined : await findRelated(tx, relatedNumber);
  const { actor, now } = request;
  const step = decide(process, current, command, input, actor, policy, now, related);
  if (!step.ok) return step;
  if (erased?.ok === false) return erased;
  const steps = [...due, step.value];
  const armedAt = dueAt(process, record);
  const outcome = {
    process,
    policy,
    previous: await engine.policies.byHash(tx, record.policy),
    steps,
    chain: locked.chain,
    texts,
    request,
    bodyHash,
    armedAt,
  };
  const committed = await write(engine, tx, outcome);
  if (erased !== undefined) await erase(tx, committed, input, actor, engine.clock());
  return ok({ record: committed, repeated: false });
}

async function committedBefore(
  tx: Queryable,
  record: RecordState,
  { commandId }: Request,
): Promise<Result<Committed> | undefined> {
  if (commandId === undefined) return undefined;
  const event = await findByCommand(tx, record.number, commandId);
  return event && ok({ record, repeated: true });
}

const UNIQUE_VIOLATION = '23505';

/** Tries once more when the same key was accepted at the same time by another call, to find its answer; then sees to the wake. */
async function answered(
  engine: Engine,
  attempt: () => Promise<Result<Committed>>,
): Promise<Result<Committed>> {
  const result = await attempt().catch((error: unknown) => {
    const { code } = error as { code?: unknown };
    if (code === UNIQUE_VIOLATION) return attempt();
    throw error;
  });
  if (result.ok && !result.value.repeated) engine.onWake();
  return result;
}

/** One transaction for a change of a record that is more than one statement. */
export function inOneTransaction(
  engine: Engine,
  work: (tx: Queryable) => Promise<Result<Committed>>,
): Promise<Result<Committed>> {
  return answered(engine, () => inTransaction(engine.pool, work));
}

/** Opens a record: the door for event 1. A refusal is a value; a fault (PostgreSQL away) is thrown and may be tried again with the same key. */
export function open(
  engine: Engine,
  process: Process,
  input: unknown,
  request: Request,
): Promise<Result<Committed>> {
  return answered(engine, () => openIn(engine, engine.pool, process, input, request));
}

/** Every later change of a record, by whomever, comes through here. */
export function commit(
  engine: Engine,
  number: string,
  command: string,
  input: unknown,
  request: Request,
): Promise<Result<Committed>> {
  return inOneTransaction(engine, (tx) => commitIn(engine, tx, number, command, input, request));
}

/** Commits what became due on a record until `now`, and its deadlines under a new policy. Nothing due: nothing happens. */
export async function tick(
  engine: Engine,
  number: string,
  now: Instant,
  driver?: string,
): Promise<void> {
  await inTransaction(engine.pool, async (tx) => {
    if (driver !== undefined) await requireDriver(tx, driver);
    const locked = await lockRecord(tx, number);
    if (locked === undefined) return;
    const { record, chain } = locked;
    const process = processThatDecides(engine, record);
    const policy = await policyInForce(engine.policies, tx, locked.activePolicy);
    const steps = decideDue(process, record, policy, Math.max(now, record.lastAt));
    if (steps.length === 0) {
      // A newer definition may see another next moment than the one that armed the row.
      await correctDue(tx, number, dueAt(process, record));
      return;
    }
    const commandId = `tick/${record.seq}/${now}`;
    const request = { actor: systemActor('tick', record.organisation), now, commandId };
    const armedAt = dueAt(process, record);
    await write(engine, tx, {
      process,
      policy,
      previous: await engine.policies.byHash(tx, record.policy),
      steps,
      chain,
      texts: [],
      request,
      bodyHash: chainStart,
      armedAt,
    });
  });
}
