import { z } from 'zod';
import { entry, serviceOf } from '../../domain/policy.ts';
import type { PolicyBody } from '../../domain/policy.ts';
import type { DomainEvent, Effect, Transition } from '../../domain/process.ts';
import { unanswered } from './answer.ts';
import { command, withReason } from './command.ts';
import type { IncidentFields } from './fields.ts';
import type { IncidentSituation } from './record.ts';
import { isOpen } from './states.ts';
import type { IncidentState } from './states.ts';

/** The escalation of the record's service, with its name. */
function escalationOf({
  record,
  policy,
}: IncidentSituation): { name: string; escalation: PolicyBody['escalations'][string] } | undefined {
  const { escalation: name } = serviceOf(policy, record.fields.service).service;
  const escalation = name === undefined ? undefined : entry(policy.body.escalations, name);
  return name === undefined || escalation === undefined ? undefined : { name, escalation };
}

/** While nobody has answered, and the priority asks for pages or somebody did. */
export function needsAnswer(situation: IncidentSituation): boolean {
  const { fields, state } = situation.record;
  const priorities = escalationOf(situation)?.escalation.priorities;
  if (priorities === undefined || fields.answeredAt !== null || !isOpen(state)) return false;
  return fields.escalateAnyway || priorities.includes(fields.priority);
}

export function begin(situation: IncidentSituation): Effect[] {
  return [{ kind: 'escalation', escalation: escalationOf(situation)?.name ?? '' }];
}

/** Its steps came to their end, and somebody asks again. */
export function isAskedAgain({
  before,
  after,
}: Transition<IncidentFields, IncidentState>): boolean {
  return before.fields.exhausted && !after.fields.exhausted;
}

/** An escalation that runs takes its next step; one that the command itself begins takes its first anyway. */
export function nextStep({
  record,
  event,
}: IncidentSituation & { readonly event: DomainEvent }): Effect[] {
  const { answeredAt, exhausted } = event.change.fields ?? {};
  const { escalation } = record.fields;
  const runs = answeredAt === undefined && exhausted === undefined;
  return runs && escalation !== null ? [{ kind: 'advance', escalation }] : [];
}

export const escalate = command({
  does: 'Page the next step now, whatever the priority',
  input: withReason,
  event: 'escalated',
  refuse: (situation) =>
    escalationOf(situation) === undefined
      ? `the service "${situation.record.fields.service}" has no escalation in the policy: assign it to somebody`
      : undefined,
  set: () => ({ ...unanswered, escalateAnyway: true }),
});

export const page = command({
  does: 'A step of the escalation pages people',
  input: z.strictObject({
    escalation: z.string(),
    round: z.number().int(),
    step: z.number().int(),
    rule: z.string(),
    people: z.array(z.string()),
  }),
  event: 'paged',
  set: ({ input }) => ({ escalation: input.escalation }),
});

export const exhaust = command({
  does: 'The escalation came to its end without an answer',
  input: z.strictObject({ escalation: z.string(), rule: z.string() }),
  event: 'escalationExhausted',
  set: () => ({ exhausted: true }),
});

export const failPage = command({
  does: 'A page of the escalation did not get through and was given up',
  input: z.strictObject({ effect: z.string(), person: z.string(), channel: z.string() }),
  event: 'pageFailed',
});
