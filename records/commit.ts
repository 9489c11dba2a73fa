import { requireDriver } from '../db/identity.ts';
import { correctDue } from '../db/plan.ts';
import { noteUnaffected } from '../db/policies.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { findRelated, loadRecord, lockRecord, nextNumbers } from '../db/records.ts';
import type { LoadedRecord, NextNumbers } from '../db/records.ts';
import { MovedOn } from '../db/save.ts';
import type { NewText } from '../db/save.ts';
import { systemActor } from '../domain/actor.ts';
import { decide, decideDue, decideOpen } from '../domain/decide.ts';
import { dueAt } from '../domain/due.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { parseInput } from '../domain/input.ts';
import { recordNumber } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { DomainEvent, Process, RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { committedBefore, hashBody, storedAnswer } from './repeats.ts';
import { chainStart } from './chain.ts';
import type { Engine } from './engine.ts';
import { processThatDecides } from './engine.ts';
import { policyInForce } from './policies.ts';
import { erase, textsToErase } from './redact.ts';
import { maySee } from './request.ts';
import type { Committed, MadeOf, Request } from './request.ts';
import { takeTextsApart } from './texts.ts';
import { write } from './write.ts';

interface Command {
  readonly number: string;
  readonly command: string;
  readonly input: unknown;
}

function commandOf(process: Process, name: string): Process['commands'][string] | undefined {
  return Object.hasOwn(process.commands, name) ? process.commands[name] : undefined;
}

/** The texts of a commit with those that were known before it. */
function textsWith(
  known: ReadonlyMap<string, string | null>,
  added: readonly NewText[],
): ReadonlyMap<string, string | null> {
  if (added.length === 0) return known;
  return new Map([...known, ...added.map(({ id, body }): [string, string] => [id, body])]);
}

/** What the messages of a commit are made of, where the caller has read how people can be reached under this very policy. */
function madeOfKnown(
  policy: Policy,
  record: RecordState,
  events: readonly DomainEvent[],
  texts: ReadonlyMap<string, string | null>,
  { contacts }: Request,
): MadeOf | undefined {
  if (contacts?.policy !== policy.hash) return undefined;
  return { policy, record, events, texts, contacts };
}

type NumberSource = (prefix: string) => Promise<NextNumbers>;

/** Opens a record, in the caller's transaction or in none: all that it writes is one statement. */
async function openWith(
  engine: Engine,
  db: Queryable,
  nextNumber: NumberSource,
  process: Process,
  rawInput: unknown,
  request: Request,
): Promise<Result<Committed>> {
  const parsed = parseInput(process.opening.input, rawInput);
  if (!parsed.ok) return parsed;
  const bodyHash = hashBody(`open ${process.name}`, parsed.value);
  const answer = await storedAnswer(db, request, bodyHash);
  if (answer !== undefined) return answer;
  const { input, texts } = takeTextsApart(process.opening.input, parsed.value);
  const { sequence, activePolicy } = await nextNumber(process.prefix);
  const policy = await policyInForce(engine.policies, db, activePolicy);
  const { organisation } = request.actor;
  const of = {
    number: recordNumber(process.prefix, sequence),
    process: process.name,
    organisation,
  };
  const step = decideOpen(process, of, input, request.actor, policy, request.now);
  if (!step.ok) return step;
  const { record, wakes } = await write(engine, db, {
    process,
    policy,
    previous: policy,
    steps: [step.value],
    decidedAtSeq: 0,
    chain: chainStart,
    texts,
    request,
    bodyHash,
    armedAt: null,
  });
  return ok({ record, repeated: false, wakes, texts: textsWith(new Map(), texts) });
}

/** Opens a record in the caller's transaction; call `engine.onWake()` after it. */
export function openIn(
  engine: Engine,
  tx: Queryable,
  process: Process,
  input: unknown,
  request: Request,
): Promise<Result<Committed>> {
  const nextNumber = async (prefix: string): Promise<NextNumbers> => {
    const [next] = await nextNumbers(tx, prefix, 1);
    if (next === undefined) throw new Error(`no number for ${prefix}`);
    return next;
  };
  return openWith(engine, tx, nextNumber, process, input, request);
}

/**
 * Commits one command on a record as it was loaded. What became due before it is committed with it, in order.
 * @param driver the namespace that must drive the records; left out where the transaction has made sure of it
 */
async function commitOn(
  engine: Engine,
  db: Queryable,
  loaded: LoadedRecord | undefined,
  { number, command, input: rawInput }: Command,
  request: Request,
  driver: string | null = null,
): Promise<Result<Committed>> {
  if (loaded === undefined || !maySee(loaded.record, request.actor)) {
    return refuse({ kind: 'notFound', what: `record ${number}` });
  }
  const { record } = loaded;
  const process = processThatDecides(engine, record);
  const definition = commandOf(process, command);
  if (definition === undefined) return refuse({ kind: 'notFound', what: `command "${command}"` });
  const parsed = parseInput(definition.input, rawInput);
  if (!parsed.ok) return parsed;
  const bodyHash = hashBody(`${command} ${number}`, parsed.value);
  const answer = await storedAnswer(db, request, bodyHash);
  if (answer !== undefined) return answer;
  if (request.ifMatch !== undefined && request.ifMatch !== record.seq) {
    return refuse({ kind: 'stale', expected: request.ifMatch, actual: record.seq });
  }
  const { input: given, texts } = takeTextsApart(definition.input, parsed.value);
  const erased = definition.erases === true ? await textsToErase(db, record, given) : undefined;
  const input = erased?.ok === true ? { ...given, texts: erased.value } : given;
  const policy = await policyInForce(engine.policies, db, loaded.activePolicy);
  const previous = await engine.policies.former(db, record.policy);
  const due = decideDue(process, record, policy, previous, request.now);
  const current = due.at(-1)?.after ?? record;
  const relatedNumber = definition.related?.(input);
  const related = relatedNumber === undefined ? undefined : await findRelated(db, relatedNumber);
  const { actor, now } = request;
  const step = decide(process, current, command, input, actor, policy, now, related);
  if (!step.ok) return step;
  if (erased?.ok === false) return erased;
  const outcome = {
    ...{ process, policy, previous, steps: [...due, step.value], decidedAtSeq: record.seq },
    ...{ chain: loaded.chain, texts, request, bodyHash, armedAt: dueAt(process, record) },
  };
  const { record: committed, wakes, toSend } = await write(engine, db, outcome, driver);
  if (erased === undefined) {
    const allTexts = textsWith(loaded.texts, texts);
    const events = outcome.steps.map(({ event }) => event);
    const madeOf = madeOfKnown(policy, committed, events, allTexts, request);
    const messages = toSend && { ...toSend, madeOf };
    return ok({ record: committed, repeated: false, wakes, texts: allTexts, toSend: messages });
  }
  await erase(db, committed, input, actor, engine.clock());
  return ok({ record: committed, repeated: false, wakes });
}

/** Commits one command in the caller's transaction, which locks the record until its end; call `engine.onWake()` after it. */
export async function commitIn(
  engine: Engine,
  tx: Queryable,
  number: string,
  command: string,
  input: unknown,
  request: Request,
): Promise<Result<Committed>> {
  if (request.driver !== undefined) await requireDriver(tx, request.driver);
  const locked = await lockRecord(tx, number);
  const before = locked && (await committedBefore(tx, locked.record, request));
  return before ?? commitOn(engine, tx, locked, { number, command, input }, request);
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
  if (result.ok && result.value.wakes === true) engine.onWake();
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
  return answered(engine, () =>
    openWith(engine, engine.pool, engine.nextNumber, process, input, request),
  );
}

/** Whether a command reads or writes more than its own record, or comes from a workflow: then all of it is one transaction. */
function needsTransaction(
  engine: Engine,
  number: string,
  command: string,
  { driver, commandId }: Request,
): boolean {
  if (driver !== undefined || commandId !== undefined) return true;
  const process = [...engine.processes.values()].find(({ prefix }) =>
    number.startsWith(`${prefix}-`),
  );
  const definition = process && commandOf(process, command);
  return definition?.erases === true || definition?.related !== undefined;
}

/**
 * Every later change of a record, by whomever, comes through here. It is decided on the record as it is read and saved only if the record has not
 * moved on since, which takes two round trips; when it has, it is decided once more under the record's lock.
 */
export function commit(
  engine: Engine,
  number: string,
  command: string,
  input: unknown,
  request: Request,
): Promise<Result<Committed>> {
  const locked = (): Promise<Result<Committed>> =>
    inTransaction(engine.pool, (tx) => commitIn(engine, tx, number, command, input, request));
  if (needsTransaction(engine, number, command, request)) return answered(engine, locked);
  return answered(engine, async () => {
    const loaded = await loadRecord(engine.pool, number);
    try {
      return await commitOn(engine, engine.pool, loaded, { number, command, input }, request);
    } catch (error) {
      if (error instanceof MovedOn) return locked();
      throw error;
    }
  });
}

/**
 * Commits an internal command on a record as the caller has loaded it, in one round trip; when the record has moved on since, once more under its lock.
 * @param request with a `commandId` that was not committed when the record was loaded
 */
export function commitLoaded(
  engine: Engine,
  loaded: LoadedRecord,
  command: string,
  input: unknown,
  request: Request,
): Promise<Result<Committed>> {
  const { number } = loaded.record;
  const what = { number, command, input };
  return answered(engine, async () => {
    try {
      return await commitOn(engine, engine.pool, loaded, what, request, request.driver);
    } catch (error) {
      if (!(error instanceof MovedOn)) throw error;
      return inTransaction(engine.pool, (tx) =>
        commitIn(engine, tx, number, command, input, request),
      );
    }
  });
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
    const previous = await engine.policies.former(tx, record.policy);
    const steps = decideDue(process, record, policy, previous, Math.max(now, record.lastAt));
    if (steps.length === 0) {
      // A newer definition may see another next moment than the one that armed the row.
      await correctDue(tx, number, dueAt(process, record));
      await noteUnaffected(tx, record, policy.hash);
      return;
    }
    const commandId = `tick/${record.seq}/${now}`;
    const request = { actor: systemActor('tick', record.organisation), now, commandId };
    const armedAt = dueAt(process, record);
    await write(engine, tx, {
      process,
      policy,
      previous,
      steps,
      decidedAtSeq: record.seq,
      chain,
      texts: [],
      request,
      bodyHash: chainStart,
      armedAt,
    });
  });
}
