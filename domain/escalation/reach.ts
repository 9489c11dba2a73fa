import type { InputIssue } from '../errors.ts';
import type { Escalation, Target } from './schema.ts';

/** What of a policy says who can always be reached. */
interface Reachable {
  readonly people: Readonly<Record<string, { readonly active: boolean }>>;
  readonly teams: Readonly<Record<string, { readonly members: readonly string[] }>>;
  readonly escalations: Readonly<Record<string, Escalation>>;
}

/** The active people whom a target names. Schedules have gaps, and nobody need look at a channel: people and teams alone count. */
function activeOf(target: Target, { people, teams }: Reachable): readonly string[] {
  const isActive = (person: string) => people[person]?.active === true;
  if ('person' in target) return [target.person].filter(isActive);
  return 'team' in target ? (teams[target.team]?.members ?? []).filter(isActive) : [];
}

const alwaysReachesSomebody = (targets: readonly Target[], body: Reachable): boolean =>
  targets.some((target) => activeOf(target, body).length > 0);

/** The steps that every course takes: without conditions, and not jumped over. */
function alwaysTaken(steps: Escalation['steps']): Escalation['steps'] {
  const jumpsOver = (index: number) =>
    steps.slice(0, index).some(({ jumpTo }) => {
      const target = steps.findIndex(({ name }) => name !== undefined && name === jumpTo?.step);
      return target > index;
    });
  return steps.filter(({ when }, index) => when === undefined && !jumpsOver(index));
}

/** Steps that ask for the acknowledgements of more people than they name. A schedule or a channel tells only later who it is. */
export function unanswerableSteps(body: Reachable): InputIssue[] {
  return Object.entries(body.escalations).flatMap(([key, { steps }]) =>
    steps.flatMap(({ to, acknowledgedBy }, index): InputIssue[] => {
      const isOpen = to.some((target) => 'schedule' in target || 'channel' in target);
      const named = new Set(to.flatMap((target) => activeOf(target, body))).size;
      if (acknowledgedBy === 1 || to.length === 0 || isOpen || named >= acknowledgedBy) return [];
      const detail = `must be at most ${Math.max(1, named)}: the step names no more active people than that`;
      return [{ pointer: `/escalations/${key}/steps/${index}/acknowledgedBy`, detail }];
    }),
  );
}

/** Escalations that may come to their end without having paged anybody. */
export function unreachableEscalations(body: Reachable): InputIssue[] {
  return Object.entries(body.escalations).flatMap(([key, { steps, catchAll }]): InputIssue[] => {
    if (catchAll !== undefined) {
      if (alwaysReachesSomebody(catchAll.to, body)) return [];
      const detail =
        'must name an active person, or a team with an active member: a schedule may have nobody on call';
      return [{ pointer: `/escalations/${key}/catchAll/to`, detail }];
    }
    if (alwaysTaken(steps).some(({ to }) => alwaysReachesSomebody(to, body))) return [];
    const detail =
      'may reach nobody: add a "catchAll" with an active person, or a team with an active member';
    return [{ pointer: `/escalations/${key}`, detail }];
  });
}
