import { z } from 'zod';
import { raisedBy, severityOf } from '../../domain/alerts.ts';
import type { Severity } from '../../domain/intake/notification.ts';
import type { Policy } from '../../domain/policy.ts';
import { priorityOf } from '../../domain/policy.ts';
import type { Reason } from '../../domain/process.ts';
import { freeText } from '../../domain/text.ts';
import { command, wrong } from './command.ts';
import type { Refused } from './command.ts';
import { unanswered } from './answer.ts';
import type { IncidentFields } from './fields.ts';
import type { Given, IncidentSituation } from './record.ts';

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

/** A higher priority asks for a new answer. */
function set(policy: Policy, fields: IncidentFields, to: Severity): Partial<IncidentFields> {
  const next = priorityOf(policy, to);
  const rises = next !== undefined && next < fields.priority;
  return { impact: to.impact, urgency: to.urgency, ...(rises ? unanswered : {}) };
}

export const prioritise = command({
  does: 'Set impact and urgency; the priority follows by the matrix and the clocks count from the opening',
  input: z.strictObject({ impact: level, urgency: level, reason: freeText(2_000) }),
  event: 'prioritised',
  refuse: ({ input, policy }) => inMatrix(policy, input.impact, input.urgency),
  set: ({ record: { fields }, input, policy }) => set(policy, fields, input),
});

/** The policy's name for the severity of an alert; absent: its default. */
const alert = z.strictObject({ severity: z.string().optional(), reason: freeText(2_000) });

function raised({ record: { fields }, input, policy }: Given<typeof alert>): Severity | undefined {
  return raisedBy(policy, fields, severityOf(policy, input.severity));
}

/** An alert never lowers what people or other alerts found: see `raisedBy`. */
export const raise = command({
  does: 'An alert that is more severe began to fire: impact and urgency rise',
  input: alert,
  event: 'raised',
  refuse: (situation) =>
    raised(situation) === undefined ? 'it is as severe as the alert already' : undefined,
  set: (situation) => {
    const { policy, record } = situation;
    return set(policy, record.fields, raised(situation) ?? record.fields);
  },
  reasons: (situation) => {
    const { record, input, policy } = situation;
    const { rule } = severityOf(policy, input.severity);
    const facts = { severity: input.severity ?? 'default' };
    return Object.entries(raised(situation) ?? {})
      .filter(([of, result]) => record.fields[of as keyof Severity] !== result)
      .map(([of, result]) => ({ of, rule, facts, result: result as number }));
  },
});
