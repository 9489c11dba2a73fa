import { findEffect, finishEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { readEvents } from '../db/events.ts';
import { isDriver, Superseded } from '../db/identity.ts';
import { systemActor } from '../domain/actor.ts';
import { resolveTargets } from '../domain/escalation/resolve.ts';
import type { Escalation } from '../domain/escalation/schema.ts';
import type { Instant } from '../domain/time.ts';
import { commit } from './commit.ts';
import type { Engine } from './engine.ts';

export interface Course {
  readonly waits: readonly number[];
  readonly rounds: number;
  readonly next: { readonly round: number; readonly step: number };
  readonly waitFirst: number;
}

type EscalationEffect = Extract<StoredEffect, { kind: 'escalation' }>;

async function readEscalation(
  engine: Engine,
  key: string,
  driver: string,
): Promise<{ effect: EscalationEffect; definition: Escalation }> {
  if (!(await isDriver(engine.pool, driver))) throw new Superseded(driver);
  const effect = await findEffect(engine.pool, key);
  if (effect?.kind !== 'escalation') throw new Error(`${key} is no escalation`);
  const policy = await engine.policies.former(engine.pool, effect.policy);
  const definition = policy.body.escalations[effect.escalation];
  if (definition === undefined)
    throw new Error(`${key}: policy ${policy.hash} has no escalation "${effect.escalation}"`);
  return { effect, definition };
}

function isWanted(effect: StoredEffect): boolean {
  return effect.state === 'pending' || effect.state === 'started';
}

/** The course of an escalation under the policy that started it, continued after the last step that is an event of the record. */
export async function courseOf(
  engine: Engine,
  key: string,
  now: Instant,
  driver: string,
): Promise<Course> {
  const { effect, definition } = await readEscalation(engine, key, driver);
  const waits = definition.steps.map(({ wait }) => wait);
  const rounds = definition.repeat + 1;
  const events = await readEvents(engine.pool, effect.number);
  const last = events.findLast(({ type, data }) => type === 'paged' && data['escalation'] === key);
  if (last === undefined) return { waits, rounds, next: { round: 0, step: 0 }, waitFirst: 0 };
  const round = Number(last.data['round']);
  const step = Number(last.data['step']);
  const next = step + 1 < waits.length ? { round, step: step + 1 } : { round: round + 1, step: 0 };
  const wait = waits[step] ?? 0;
  return { waits, rounds, next, waitFirst: Math.min(wait, Math.max(0, last.at + wait - now)) };
}

/** Takes one step: finds out who is meant now and commits the page. Committed once, however often it is called. */
export async function takeStep(
  engine: Engine,
  key: string,
  round: number,
  step: number,
  now: Instant,
  driver: string,
): Promise<'paged' | 'nobody' | 'ended'> {
  const { effect, definition } = await readEscalation(engine, key, driver);
  if (!isWanted(effect)) return 'ended';
  // The steps are those of the policy that started it; who belongs to a team is asked now.
  const policy = await engine.policies.active(engine.pool);
  const meant = resolveTargets(
    { to: definition.steps[step]?.to ?? [] },
    {
      now,
      policy,
      schedules: {},
      turns: {},
      unreachable: new Set(),
      acknowledged: new Set(),
    },
  );
  const people = meant.people.map(({ person }) => person);
  if (people.length === 0) return 'nobody';
  const result = await commit(
    engine,
    effect.number,
    'page',
    {
      escalation: key,
      round,
      step,
      rule: `escalations.${effect.escalation}.steps.${step}`,
      people,
    },
    {
      actor: systemActor(key, effect.organisation),
      now,
      commandId: `${key}/page/${round}.${step}`,
      driver,
    },
  );
  return result.ok ? 'paged' : 'ended';
}

/** Nobody answered in any round: says so on the record, and ends. */
export async function exhaust(
  engine: Engine,
  key: string,
  now: Instant,
  driver: string,
): Promise<void> {
  const { effect } = await readEscalation(engine, key, driver);
  if (!isWanted(effect)) return;
  const rule = `escalations.${effect.escalation}`;
  await commit(
    engine,
    effect.number,
    'exhaust',
    { escalation: key, rule },
    { actor: systemActor(key, effect.organisation), now, commandId: `${key}/exhaust`, driver },
  );
  await finishEffect(engine.pool, key, 'done', engine.clock());
}
