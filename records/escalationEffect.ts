import { findEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { loadStep } from '../db/escalationSteps.ts';
import type { LoadedStep } from '../db/escalationSteps.ts';
import { isDriver, Superseded } from '../db/identity.ts';
import type { Escalation } from '../domain/escalation/schema.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { policyInForce } from './policies.ts';

export type EscalationEffect = Extract<StoredEffect, { kind: 'escalation' }>;

/** An escalation by the policy that began it: its course stays what it was, whatever is applied since. */
export interface ReadEscalation {
  readonly effect: EscalationEffect;
  readonly definition: Escalation;
  readonly policy: Policy;
}

async function definitionOf(
  engine: Engine,
  key: string,
  effect: StoredEffect | undefined,
): Promise<ReadEscalation> {
  if (effect?.kind !== 'escalation') throw new Error(`${key} is no escalation`);
  const policy = await engine.policies.former(engine.pool, effect.policy);
  const definition = policy.body.escalations[effect.escalation];
  if (definition === undefined)
    throw new Error(`${key}: policy ${policy.hash} has no escalation "${effect.escalation}"`);
  return { effect, definition, policy };
}

/** @throws Superseded when another namespace drives the records */
export async function readEscalation(
  engine: Engine,
  key: string,
  driver: string,
): Promise<ReadEscalation> {
  if (!(await isDriver(engine.pool, driver))) throw new Superseded(driver);
  return definitionOf(engine, key, await findEffect(engine.pool, key));
}

/** An escalation with all that its next step is decided on. */
export interface ReadStep extends ReadEscalation, Omit<LoadedStep, 'effect' | 'drives'> {
  /** The policy in force. */
  readonly live: Policy;
}

/**
 * @param commandId of the step
 * @throws Superseded when another namespace drives the records
 */
export async function readStep(
  engine: Engine,
  key: string,
  commandId: string,
  now: Instant,
  driver: string,
): Promise<ReadStep> {
  const step = await loadStep(engine.pool, { key, commandId, driver, now });
  if (step?.drives === false) throw new Superseded(driver);
  const escalation = await definitionOf(engine, key, step?.effect);
  if (step === undefined) throw new Error(`${key} belongs to no record`);
  const live = await policyInForce(engine.policies, engine.pool, step.loaded.activePolicy);
  return { ...step, ...escalation, live };
}

export function isWanted(effect: StoredEffect): boolean {
  return effect.state === 'pending' || effect.state === 'started';
}
