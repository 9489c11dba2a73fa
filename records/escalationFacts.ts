import { lastTurns } from '../db/turns.ts';
import type { CourseFacts } from '../domain/escalation/course.ts';
import type { Escalation, Target } from '../domain/escalation/schema.ts';
import { targetsOf } from '../domain/escalation/targets.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { unreachablePeople } from './contactPlan.ts';

const named = (targets: readonly Target[], key: string): string[] => [
  ...new Set(
    targets.flatMap((target) => {
      const value = (target as Readonly<Record<string, unknown>>)[key];
      return typeof value === 'string' ? [value] : [];
    }),
  ),
];

/** What of a record says how it is escalated. */
type Escalated = Pick<RecordState, 'fields'>;

/** The people whom a field of the record lists. */
function listed(record: Escalated, field: string): readonly string[] {
  const value = record.fields[field];
  return Array.isArray(value) ? value.map(String) : [];
}

/** What is known as a step fires: the policy in force, who is on call, whose turn it is, who can be reached and who has acknowledged. */
export async function escalationFacts(
  engine: Engine,
  record: Escalated,
  { definition, policy }: { readonly definition: Escalation; readonly policy: Policy },
  now: Instant,
): Promise<CourseFacts> {
  const live = await engine.policies.active(engine.pool);
  const targets = targetsOf(definition);
  const [schedules, turns, unreachable] = await Promise.all([
    engine.schedules.standing(engine.pool, named(targets, 'schedule'), now),
    lastTurns(engine.pool, named(targets, 'team')),
    unreachablePeople(engine.pool, live, now),
  ]);
  const priority = record.fields['priority'];
  return {
    now,
    policy: live,
    schedules,
    turns,
    unreachable,
    acknowledged: new Set(listed(record, 'acknowledgedBy')),
    priority: typeof priority === 'number' ? priority : 5,
    calendar: (name) => policy.calendar(name),
  };
}
