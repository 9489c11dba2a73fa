import { z } from 'zod';
import type { Policy } from '../../domain/policy.ts';
import { priorityOf } from '../../domain/policy.ts';
import type { Reason } from '../../domain/process.ts';
import { freeText } from '../../domain/text.ts';
import { command, wrong } from './command.ts';
import type { Refused } from './command.ts';
import { unanswered } from './answer.ts';
import type { IncidentSituation } from './record.ts';

/** Impact and urgency: 1 is the highest; how far they go, the policy's matrix says. */
export const level = z.number().int().min(1).max(9);

export function inMatrix(policy: Policy, impact: number, urgency: number): Refused {
  const { matrix } = policy.body.priority;
  if (priorityOf(policy, { impact, urgency }) !== undefined) return undefined;
  const field = matrix[impact - 1] === undefined ? 'impact' : 'urgency';
  const width = matrix[0]?.length ?? 0;
  return wrong(
    field,
    `the priority matrix has impacts 1 to ${matrix.length} and urgencies 1 to ${width}`,
  );
}

/** By the policy's matrix. One that shrank below a record's impact leaves its priority as it was. */
export function priority({ record: { fields }, policy }: IncidentSituation): Omit<Reason, 'of'> {
  const { impact, urgency } = fields;
  return {
    rule: `priority.matrix.${impact - 1}.${urgency - 1}`,
    facts: { impact, urgency },
    result: priorityOf(policy, fields) ?? fields.priority,
  };
}

/** A higher priority asks for a new answer. A monitoring system knows what its alerts are worth, not what people made of them: it only raises. */
export const prioritise = command({
  does: 'Set impact and urgency; the priority follows by the matrix and the clocks count from the opening',
  input: z.strictObject({ impact: level, urgency: level, reason: freeText(2_000) }),
  event: 'prioritised',
  refuse: ({ record: { fields }, input, actor, policy }) => {
    const lowers = input.impact > fields.impact || input.urgency > fields.urgency;
    return actor.kind === 'integration' && lowers
      ? 'a monitoring system raises impact and urgency: to lower them is for people'
      : inMatrix(policy, input.impact, input.urgency);
  },
  set: ({ record: { fields }, input: { impact, urgency }, policy }) => {
    const next = priorityOf(policy, { impact, urgency });
    const rises = next !== undefined && next < fields.priority;
    return { impact, urgency, ...(rises ? unanswered : {}) };
  },
});
