import { z } from 'zod';
import type { Refusal } from '../../domain/errors.ts';
import { entry } from '../../domain/policy.ts';
import type { Policy } from '../../domain/policy.ts';
import { commandRules } from '../../domain/defineProcess.ts';
import { freeText, identifier } from '../../domain/text.ts';
import type { Instant } from '../../domain/time.ts';
import type { IncidentFields } from './fields.ts';
import type { IncidentState } from './states.ts';

/** The rules of one command of an incident. */
export const command = commandRules<IncidentFields, IncidentState>();

export type Refused = Refusal | undefined;

export const nothing = z.strictObject({});
export const withReason = z.strictObject({ reason: freeText(2_000) });
export const person = identifier(64);

/** What is wrong with one field of the input. */
export function wrong(field: string, detail: string): Refusal {
  return { pointer: `/${field}`, detail };
}

/** The names of a table, for people. */
export function names(table: Readonly<Record<string, unknown>>): string {
  return Object.keys(table).join(', ');
}

export function activePerson(policy: Policy, field: string, key: string): Refused {
  if (entry(policy.body.people, key)?.active === true) return undefined;
  return wrong(field, `"${key}" is not an active person of the policy`);
}

export function knownService(policy: Policy, service: string | undefined): Refused {
  if (service === undefined || entry(policy.body.services, service) !== undefined) return undefined;
  return wrong(
    'service',
    `service "${service}" is not in the policy, which has: ${names(policy.body.services)}`,
  );
}

/** Moments that people report lie in the past. */
export function notInFuture(
  now: Instant,
  moments: Readonly<Record<string, Instant | undefined>>,
): Refused {
  const late = Object.entries(moments).find(([, at]) => at !== undefined && at > now);
  return late && wrong(late[0], 'lies in the future: give a moment that has passed');
}
