import { findEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { isDriver, Superseded } from '../db/identity.ts';
import type { Escalation } from '../domain/escalation/schema.ts';
import type { Policy } from '../domain/policy.ts';
import type { Engine } from './engine.ts';

export type EscalationEffect = Extract<StoredEffect, { kind: 'escalation' }>;

/** An escalation, what it is by the policy that began it, and that policy: its course stays what it was, whatever is applied since. */
export async function readEscalation(
  engine: Engine,
  key: string,
  driver: string,
): Promise<{ effect: EscalationEffect; definition: Escalation; policy: Policy }> {
  if (!(await isDriver(engine.pool, driver))) throw new Superseded(driver);
  const effect = await findEffect(engine.pool, key);
  if (effect?.kind !== 'escalation') throw new Error(`${key} is no escalation`);
  const policy = await engine.policies.former(engine.pool, effect.policy);
  const definition = policy.body.escalations[effect.escalation];
  if (definition === undefined)
    throw new Error(`${key}: policy ${policy.hash} has no escalation "${effect.escalation}"`);
  return { effect, definition, policy };
}

export function isWanted(effect: StoredEffect): boolean {
  return effect.state === 'pending' || effect.state === 'started';
}
