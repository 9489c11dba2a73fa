import type { CourseFacts } from '../domain/escalation/course.ts';
import type { Escalation, Target } from '../domain/escalation/schema.ts';
import { peopleNamed } from '../domain/escalation/resolve.ts';
import { targetsOf } from '../domain/escalation/targets.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { contactsOf, unreachableOf } from './contactPlan.ts';
import type { Contacts } from './contactPlan.ts';

const named = (targets: readonly Target[], key: string): string[] => [
  ...new Set(
    targets.flatMap((target) => {
      const value = (target as Readonly<Record<string, unknown>>)[key];
      return typeof value === 'string' ? [value] : [];
    }),
  ),
];

/** What is known as a step fires; whose turn it is, is asked as it is taken. */
export interface StepFacts extends Omit<CourseFacts, 'turns'> {
  /** How those whom the escalation can mean can be reached. */
  readonly contacts: Contacts;
}

/** What of a record says how it is escalated. */
type Escalated = Pick<RecordState, 'fields'>;

/** By what an escalation runs. */
export interface EscalationPolicies {
  readonly definition: Escalation;
  /** The policy that began it, which has its definition. */
  readonly policy: Policy;
  /** The policy in force. */
  readonly live: Policy;
}

/** The people whom a field of the record lists. */
function listed(record: Escalated, field: string): readonly string[] {
  const value = record.fields[field];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The teams that an escalation pages in turn. */
export function teamsInTurn(definition: Escalation): readonly string[] {
  return named(
    targetsOf(definition).filter((target) => 'team' in target && target.roundRobin),
    'team',
  );
}

/** Finds out who is on call, who can be reached and who has acknowledged. */
export async function escalationFacts(
  engine: Engine,
  record: Escalated,
  { definition, policy, live }: EscalationPolicies,
  now: Instant,
): Promise<StepFacts> {
  const targets = targetsOf(definition);
  const schedules = await engine.schedules.standing(engine.pool, named(targets, 'schedule'), now);
  // Of a thousand people a step means a few, and it is taken a thousand times at one instant.
  const people = peopleNamed(targets, { now, policy: live, schedules });
  const contacts = await contactsOf(engine.pool, live, people);
  const priority = record.fields['priority'];
  return {
    now,
    policy: live,
    schedules,
    unreachable: unreachableOf(contacts, now),
    notSetUp: contacts.notSetUp,
    contacts,
    acknowledged: new Set(listed(record, 'acknowledgedBy')),
    priority: typeof priority === 'number' ? priority : 5,
    calendar: (name) => policy.calendar(name),
  };
}
