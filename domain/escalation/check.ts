import type { InputIssue } from '../errors.ts';
import type { Escalation, Target } from './schema.ts';

type Path = readonly (string | number)[];

/** Says where an escalation names an entry of one of the policy's tables. */
export type Refer = (
  table: 'people' | 'teams' | 'channels' | 'calendars',
  key: string | undefined,
  ...path: (string | number)[]
) => void;

/** Schedules are resources of their own: whether there is one is known only when the step fires. */
function referTargets(targets: readonly Target[], refer: Refer, path: Path): void {
  targets.forEach((target, index) => {
    const at = [...path, index];
    if ('person' in target) refer('people', target.person, ...at);
    else if ('team' in target) refer('teams', target.team, ...at);
    else if ('channel' in target) refer('channels', target.channel, ...at);
  });
}

/** Every name that an escalation uses. */
export function referencesOf(key: string, escalation: Escalation, refer: Refer): void {
  const path = ['escalations', key];
  escalation.steps.forEach(({ to, when }, index) => {
    const at = [...path, 'steps', index];
    referTargets(to, refer, [...at, 'to']);
    refer('calendars', when?.open, ...at, 'when', 'open');
    refer('calendars', when?.closed, ...at, 'when', 'closed');
  });
  referTargets(escalation.catchAll?.to ?? [], refer, [...path, 'catchAll', 'to']);
  referTargets(escalation.whenExhausted.tell, refer, [...path, 'whenExhausted', 'tell']);
}

/** What of a policy says who can always be reached. */
interface Reachable {
  readonly people: Readonly<Record<string, { readonly active: boolean }>>;
  readonly teams: Readonly<Record<string, { readonly members: readonly string[] }>>;
  readonly escalations: Readonly<Record<string, Escalation>>;
}

/** Schedules have gaps, and nobody need look at a channel: people and teams alone count. */
function alwaysReachesSomebody(targets: readonly Target[], { people, teams }: Reachable): boolean {
  return targets.some((target) => {
    if ('person' in target) return people[target.person]?.active === true;
    if (!('team' in target)) return false;
    return teams[target.team]?.members.some((member) => people[member]?.active === true) ?? false;
  });
}

/** The steps that every course takes: without conditions, and not jumped over. */
function alwaysTaken(steps: Escalation['steps']): Escalation['steps'] {
  const jumpsOver = (index: number) =>
    steps.slice(0, index).some(({ jumpTo }) => {
      const target = steps.findIndex(({ name }) => name !== undefined && name === jumpTo?.step);
      return target > index;
    });
  return steps.filter(({ when }, index) => when === undefined && !jumpsOver(index));
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
