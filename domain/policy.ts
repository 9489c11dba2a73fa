import type { z } from 'zod';
import { makeCalendar } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import type { Target } from './clock.ts';
import type { InputIssue, Result } from './errors.ts';
import { unanswerableSteps, unreachableEscalations } from './escalation/reach.ts';
import { parseInput, refuseInput } from './input.ts';
import { checkPolicy } from './policyChecks.ts';
import { policyShape } from './policyShape.ts';

/** The whole policy as data: what the organisation decided, in one file. Names that refer to nothing and incomplete tables are refused when it is loaded. */
export const policySchema = policyShape.superRefine((body, context) => {
  checkPolicy(body, (message, ...path) => {
    context.addIssue({ code: 'custom', message, path });
  });
});

/** As written in a file, before defaults are filled in. */
export type PolicyInput = z.input<typeof policySchema>;
export type PolicyBody = z.output<typeof policySchema>;
export type Service = PolicyBody['services'][string];

/** A policy that was loaded: its data, its hash (which names it in every event that it decided) and its calendars made. */
export interface Policy {
  readonly hash: string;
  readonly body: PolicyBody;
  calendar(name: string): Calendar;
}

/** @param hash of the policy as stored; see records/policies.ts */
export function makePolicy(hash: string, body: PolicyBody): Policy {
  const calendars = new Map(
    Object.entries(body.calendars).map(([key, definition]) => [key, makeCalendar(key, definition)]),
  );
  return {
    hash,
    body,
    calendar(key) {
      const calendar = calendars.get(key);
      if (calendar === undefined) throw new Error(`policy ${hash} has no calendar "${key}"`);
      return calendar;
    },
  };
}

/** What a new policy is refused for though every part of it is well-formed. One that was stored before this was asked may have some. */
export function policyIssues(body: PolicyBody): InputIssue[] {
  return [...unreachableEscalations(body), ...unanswerableSteps(body)];
}

/** Checks a policy's data. Every fault is named by its place in the file. */
export function parsePolicy(data: unknown): Result<PolicyBody> {
  const parsed = parseInput(policySchema, data);
  if (!parsed.ok) return parsed;
  const issues = policyIssues(parsed.value);
  return issues.length === 0 ? parsed : refuseInput(issues);
}

function without(data: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const copy: unknown = structuredClone(data);
  const table = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], copy);
  for (const key of keys) Reflect.deleteProperty(table as object, key);
  return copy;
}

/**
 * Reads a policy that was stored, perhaps by another version. Fields that came later have their defaults, as in every file; fields that this version
 * does not know, and which decide nothing in it, are left out, where a new file with them would be refused; and it was perhaps accepted before `parsePolicy` asked that every
 * escalation can reach somebody.
 */
export function parseStoredPolicy(data: unknown): Result<PolicyBody> {
  const unknown = policySchema
    .safeParse(data)
    .error?.issues.filter((issue) => issue.code === 'unrecognized_keys');
  const read = (unknown ?? []).reduce((left, { path, keys }) => without(left, path, keys), data);
  return parseInput(policySchema, read);
}

/** The entry of a policy's table by a caller's key; undefined for what only every object has (`constructor`). */
export function entry<T>(table: Readonly<Record<string, T>>, key: string | null): T | undefined {
  return key !== null && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The service's entry; the default service's when the record names none or one that the policy dropped. */
export function serviceOf(policy: Policy, key: string | null): { key: string; service: Service } {
  const { services, defaultService } = policy.body;
  const found = entry(services, key);
  if (key !== null && found !== undefined) return { key, service: found };
  const service = services[defaultService];
  if (service === undefined) throw new Error(`policy ${policy.hash} lost its default service`);
  return { key: defaultService, service };
}

/** The priority of an impact and an urgency by the matrix; undefined when they lie outside of it. */
export function priorityOf(
  policy: Policy,
  { impact, urgency }: { readonly impact: number; readonly urgency: number },
): number | undefined {
  return policy.body.priority.matrix[impact - 1]?.[urgency - 1];
}

/** The target of a service's clock for a priority: undefined when the service level sets none. */
export function targetOf(
  policy: Policy,
  service: string | null,
  clock: 'respond' | 'resolve' | 'autoClose',
  priority: number,
): Target | undefined {
  const { serviceLevel } = serviceOf(policy, service).service;
  const level = policy.body.serviceLevels[serviceLevel];
  const path = `serviceLevels.${serviceLevel}.${clock}`;
  if (clock === 'autoClose') return level?.autoClose && { ...level.autoClose, rule: path };
  const target = level?.[clock][String(priority)];
  return target && { ...target, rule: `${path}.${priority}` };
}
