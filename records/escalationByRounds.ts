/** What runs of escalations ask for that began before escalations had places (see workflows/escalation.ts). Nothing new comes here. */
import { finishEffect } from '../db/effects.ts';
import { lastEventOf } from '../db/events.ts';
import { findRecord } from '../db/records.ts';
import { systemActor } from '../domain/actor.ts';
import { resolveTargets } from '../domain/escalation/resolve.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import { commit } from './commit.ts';
import type { Engine } from './engine.ts';
import { isWanted, readEscalation } from './escalationEffect.ts';
import { escalationFacts } from './escalationFacts.ts';

export interface Rounds {
  readonly waits: readonly Milliseconds[];
  readonly rounds: number;
  readonly next: { readonly round: number; readonly step: number };
  readonly waitFirst: Milliseconds;
}

/** The course of an escalation under the policy that started it, continued after the last step that is an event of the record. */
export async function roundsOf(
  engine: Engine,
  key: string,
  now: Instant,
  driver: string,
): Promise<Rounds> {
  const { effect, definition } = await readEscalation(engine, key, driver);
  const waits = definition.steps.map(({ wait }) => wait);
  const rounds = definition.repeat + 1;
  const last = await lastEventOf(engine.pool, effect.number, ['paged'], key);
  if (last === undefined) return { waits, rounds, next: { round: 0, step: 0 }, waitFirst: 0 };
  const round = Number(last.data['round']);
  const step = Number(last.data['step']);
  const next = step + 1 < waits.length ? { round, step: step + 1 } : { round: round + 1, step: 0 };
  const wait = waits[step] ?? 0;
  return { waits, rounds, next, waitFirst: Math.min(wait, Math.max(0, last.at + wait - now)) };
}

/** Takes one step: finds out who is meant now and commits the page. Committed once, however often it is called. */
export async function pageOfRound(
  engine: Engine,
  key: string,
  { round, step }: Rounds['next'],
  now: Instant,
  driver: string,
): Promise<'paged' | 'nobody' | 'ended'> {
  const { effect, definition, policy } = await readEscalation(engine, key, driver);
  const record = isWanted(effect) ? await findRecord(engine.pool, effect.number) : undefined;
  if (record === undefined) return 'ended';
  const live = await engine.policies.active(engine.pool);
  const facts = await escalationFacts(engine, record, { definition, policy, live }, now);
  const { people } = resolveTargets(definition.steps[step] ?? { to: [] }, { ...facts, turns: {} });
  if (people.length === 0) return 'nobody';
  const rule = `escalations.${effect.escalation}.steps.${step}`;
  const input = { escalation: key, round, step, rule, people: people.map(({ person }) => person) };
  const actor = systemActor(key, effect.organisation);
  const request = { actor, now, commandId: `${key}/page/${round}.${step}`, driver };
  return (await commit(engine, effect.number, 'page', input, request)).ok ? 'paged' : 'ended';
}

/** Nobody answered in any round: says so on the record, and ends. */
export async function exhaustRounds(
  engine: Engine,
  key: string,
  now: Instant,
  driver: string,
): Promise<void> {
  const { effect } = await readEscalation(engine, key, driver);
  if (!isWanted(effect)) return;
  const input = { escalation: key, rule: `escalations.${effect.escalation}` };
  const actor = systemActor(key, effect.organisation);
  const request = { actor, now, commandId: `${key}/exhaust`, driver };
  await commit(engine, effect.number, 'exhaust', input, request);
  await finishEffect(engine.pool, key, 'done', engine.clock());
}
