import { createHash } from 'node:crypto';
import type { StoredEffect } from '../db/effects.ts';
import { findByCommand, lastEventOf } from '../db/events.ts';
import type { StoredEvent } from '../db/events.ts';
import { noteTurns, takeTurns } from '../db/turns.ts';
import { systemActor } from '../domain/actor.ts';
import type { Actor } from '../domain/actor.ts';
import { nextStep, start } from '../domain/escalation/course.ts';
import type { Exhausted, Page, Position } from '../domain/escalation/course.ts';
import type { Resolved } from '../domain/escalation/resolve.ts';
import type { Result } from '../domain/errors.ts';
import type { Escalation } from '../domain/escalation/schema.ts';
import type { Held } from '../domain/maintenance/heldBack.ts';
import type { RecordState } from '../domain/process.ts';
import { MINUTE } from '../domain/time.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import { commit, commitIn, commitLoaded, inOneTransaction } from './commit.ts';
import type { Engine } from './engine.ts';
import { escalationFacts, teamsInTurn } from './escalationFacts.ts';
import type { StepFacts } from './escalationFacts.ts';
import { isWanted, readEscalation, readStep } from './escalationEffect.ts';
import type { ReadStep } from './escalationEffect.ts';
import { holdOf } from './holds.ts';
import type { Committed, Request, ToSend } from './request.ts';

/** What an escalation's workflow does next: wait (from the moment that it named), then take the step at this place. */
export interface NextStep {
  readonly position: Position;
  readonly wait: Milliseconds;
  /** Of the event that the step before became. */
  readonly seq?: number;
}

/** A step that was taken, and what follows it. */
export interface TakenStep extends NextStep {
  /** The event that it became; absent while pages are held back. */
  readonly event?: {
    readonly number: string;
    readonly seq: number;
    /** Of the record. */
    readonly priority: number | null;
    /** What it asks for at once, claimed with its commit; absent: it was committed before. */
    readonly toSend?: ToSend | undefined;
  };
}

/** How soon a hold without an end of its own is looked at again; its end is told at once. */
const LOOK_AGAIN = 15 * MINUTE;

const steps = ['paged', 'escalationExhausted'] as const;

/** Where an escalation that an earlier version began goes on after a page: it named the round and the step. */
function afterOldStep({ data }: StoredEvent, definition: Escalation): NextStep {
  const step = Number(data['step'] ?? 0);
  const round = Number(data['round'] ?? 0);
  const wait = definition.steps[step]?.wait ?? 0;
  if (step + 1 < definition.steps.length) {
    return { position: { ...start, round, step: step + 1 }, wait };
  }
  if (round < definition.repeat) return { position: { ...start, round: round + 1 }, wait };
  return { position: { ...start, round, step: 'catchAll' }, wait };
}

function priorityOf({ fields: { priority } }: RecordState): number | null {
  return typeof priority === 'number' ? priority : null;
}

/** What follows after a step, by the event that it became, with what is left of the wait. */
function after(event: StoredEvent, definition: Escalation, now: Instant): NextStep {
  const { at, seq, data } = event;
  const { position, wait } =
    data['position'] === undefined
      ? afterOldStep(event, definition)
      : { position: data['position'] as Position, wait: Number(data['wait'] ?? 0) };
  return { position, wait: Math.min(wait, Math.max(0, at + wait - now)), seq };
}

/** Where an escalation begins, or goes on after its last step that is an event of the record, with what is left of the wait. */
export async function beginCourse(
  engine: Engine,
  key: string,
  now: Instant,
  driver: string,
): Promise<NextStep> {
  const { effect, definition } = await readEscalation(engine, key, driver);
  const last = await lastEventOf(engine.pool, effect.number, steps, key);
  return last === undefined ? { position: start, wait: 0 } : after(last, definition, now);
}

/** Whom a step means: to be paged, or to be told. */
const meantBy = (taken: Page | Exhausted): Resolved => (taken.kind === 'page' ? taken : taken.tell);

/** Those who had a turn of a team's round-robin. */
function turnsOf({ people }: Resolved): { team: string; person: string }[] {
  return people.flatMap(({ person, because }) =>
    because.kind === 'roundRobin' ? [{ team: because.team, person }] : [],
  );
}

/** The place of a step among the others, from 0; the catch-all has none. */
function stepOf(rule: string): number | undefined {
  const place = /^steps\.(\d+)$/.exec(rule)?.[1];
  return place === undefined ? undefined : Number(place);
}

function inputOf(
  effect: Extract<StoredEffect, { kind: 'escalation' }>,
  taken: Page | Exhausted,
  { round }: Position,
): object {
  const { people, channels, dropped } = meantBy(taken);
  const rule = `escalations.${effect.escalation}`;
  const { position, wait, skipped } = taken;
  return {
    escalation: effect.key,
    rule: taken.kind === 'page' ? `${rule}.${taken.rule}` : rule,
    people: people.map(({ person }) => person),
    because: Object.fromEntries(people.map(({ person, because }) => [person, because])),
    channels,
    dropped,
    skipped,
    position,
    wait,
    ...(taken.kind === 'page'
      ? { round, step: stepOf(taken.rule), acknowledgedBy: taken.acknowledgedBy }
      : {}),
  };
}

/** A step's name among all of its escalation: its place, with how it was come to. */
function stepId(key: string, position: Position): string {
  const place = createHash('sha256').update(JSON.stringify(position)).digest('hex').slice(0, 16);
  return `${key}/step/${place}`;
}

interface StepRequest {
  readonly actor: Actor;
  readonly now: Instant;
  readonly driver: string;
}

/** What holds back the pages of a record, once the record says so; undefined when nothing does. */
async function noteHold(
  engine: Engine,
  key: string,
  { loaded: { record }, live, isMaintained }: ReadStep,
  request: StepRequest,
): Promise<Held | undefined> {
  const held = await holdOf(engine, live, record, request.now, isMaintained);
  if (held === undefined) return undefined;
  const { by, id, why, until } = held;
  const input = { escalation: key, by, id, why, until };
  const commandId = `${key}/held/${record.seq}`;
  // Refused when it says nothing new, or when somebody answered meanwhile: the next look tells.
  const noted = await commit(engine, record.number, 'holdPages', input, { ...request, commandId });
  // What let go before this was noted found nothing to release, so it is looked at once more.
  return noted.ok ? holdOf(engine, live, noted.value.record, request.now) : held;
}

/** Decides who is meant and commits it; with a turn of a round-robin in one transaction, for nobody else may have that turn. */
async function commitStep(
  engine: Engine,
  { effect, definition, loaded }: ReadStep,
  position: Position,
  facts: StepFacts,
  request: Request,
): Promise<{ readonly taken: Page | Exhausted; readonly result: Result<Committed> }> {
  const command = ({ kind }: Page | Exhausted): string => (kind === 'page' ? 'page' : 'exhaust');
  const teams = teamsInTurn(definition);
  if (teams.length === 0) {
    const taken = nextStep(definition, position, { ...facts, turns: {} });
    const input = inputOf(effect, taken, position);
    return { taken, result: await commitLoaded(engine, loaded, command(taken), input, request) };
  }
  let taken: Page | Exhausted | undefined;
  const result = await inOneTransaction(engine, async (tx) => {
    taken = nextStep(definition, position, { ...facts, turns: await takeTurns(tx, teams) });
    const input = inputOf(effect, taken, position);
    const committed = await commitIn(engine, tx, effect.number, command(taken), input, request);
    if (committed.ok && !committed.value.repeated) {
      await noteTurns(tx, turnsOf(meantBy(taken)), request.now);
    }
    return committed;
  });
  if (taken === undefined) throw new Error(`${effect.key}: no step was decided`);
  return { taken, result };
}

/** What follows a step that was committed before. */
async function takenBefore(
  engine: Engine,
  { effect: { number }, definition, loaded }: ReadStep,
  { commandId, now }: { readonly commandId: string; readonly now: Instant },
): Promise<TakenStep | undefined> {
  const event = await findByCommand(engine.pool, number, commandId);
  const priority = priorityOf(loaded.record);
  return event && { ...after(event, definition, now), event: { number, seq: event.seq, priority } };
}

/**
 * Takes the next step: finds out who is meant now, and commits the page, or that nobody answered. Committed once, however often it is called.
 * While pages of the record are held back nothing is taken, and the place stays. Who calls it sends what the event asks for (activities/atOnce.ts).
 * @returns undefined when the escalation is no longer wanted
 */
export async function takeStep(
  engine: Engine,
  key: string,
  position: Position,
  now: Instant,
  driver: string,
): Promise<TakenStep | undefined> {
  const commandId = stepId(key, position);
  const step = await readStep(engine, key, commandId, now, driver);
  const { effect, loaded } = step;
  if (!isWanted(effect)) return undefined;
  if (step.isCommitted) return takenBefore(engine, step, { commandId, now });
  const { number, organisation } = effect;
  const request = { actor: systemActor(key, organisation), now, driver };
  const held = await noteHold(engine, key, step, request);
  if (held !== undefined) {
    return { position, wait: held.until === null ? LOOK_AGAIN : Math.max(0, held.until - now) };
  }
  const facts = await escalationFacts(engine, loaded.record, step, now);
  const once = { ...request, commandId, sendsAtOnce: true, contacts: facts.contacts };
  const { taken, result } = await commitStep(engine, step, position, facts, once);
  if (!result.ok) return undefined;
  const { repeated, record, toSend } = result.value;
  if (repeated) return takenBefore(engine, step, { commandId, now });
  const { seq } = record;
  const event = { number, seq, priority: priorityOf(record), toSend };
  return { position: taken.position, wait: taken.wait, seq, event };
}
