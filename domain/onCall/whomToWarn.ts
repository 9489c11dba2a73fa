import type { Escalation, Target } from '../escalation/schema.ts';
import { targetsOf } from '../escalation/targets.ts';

/** What of a policy says who can mend a schedule that an escalation relies on. */
interface Responsible {
  readonly teams: Readonly<Record<string, { readonly lead?: string | undefined }>>;
  readonly services: Readonly<
    Record<string, { readonly team: string; readonly escalation?: string | undefined }>
  >;
  readonly escalations: Readonly<Record<string, Escalation>>;
}

/**
 * Who is told that a schedule is not covered, in lists of which the first that reaches anybody is taken: the leads of the teams whose services are
 * escalated by it, those whom an exhausted escalation tells, and at last everybody whom it pages. Empty for a schedule that no escalation names.
 */
export function whomToWarn(
  { teams, services, escalations }: Responsible,
  schedule: string,
): readonly (readonly Target[])[] {
  const naming = Object.entries(escalations).filter(([, escalation]) =>
    targetsOf(escalation).some((target) => 'schedule' in target && target.schedule === schedule),
  );
  if (naming.length === 0) return [];
  const names = naming.map(([name]) => name);
  const leads = Object.values(services).flatMap(({ team, escalation = '' }) => {
    const lead = names.includes(escalation) ? teams[team]?.lead : undefined;
    return lead === undefined ? [] : [{ person: lead }];
  });
  return [
    leads,
    naming.flatMap(([, { whenExhausted }]) => whenExhausted.tell),
    naming.flatMap(([, escalation]) => targetsOf(escalation)),
  ];
}
