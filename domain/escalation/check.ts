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

/** Every list of targets of an escalation, and its place in the policy. */
function targetLists(
  key: string,
  { steps, catchAll, whenExhausted }: Escalation,
): { readonly path: Path; readonly targets: readonly Target[] }[] {
  const path = ['escalations', key];
  return [
    ...steps.map(({ to }, index) => ({ path: [...path, 'steps', index, 'to'], targets: to })),
    { path: [...path, 'catchAll', 'to'], targets: catchAll?.to ?? [] },
    { path: [...path, 'whenExhausted', 'tell'], targets: whenExhausted.tell },
  ];
}

/** Every name that an escalation uses. */
export function referencesOf(key: string, escalation: Escalation, refer: Refer): void {
  for (const { path, targets } of targetLists(key, escalation)) referTargets(targets, refer, path);
  escalation.steps.forEach(({ when }, index) => {
    const at = ['escalations', key, 'steps', index, 'when'];
    refer('calendars', when?.open, ...at, 'open');
    refer('calendars', when?.closed, ...at, 'closed');
  });
}

/** Where a policy's escalations name schedules, by JSON Pointers (RFC 6901) into the policy. */
export function schedulesNamed(
  escalations: Readonly<Record<string, Escalation>>,
): { readonly schedule: string; readonly pointer: string }[] {
  return Object.entries(escalations)
    .flatMap(([key, escalation]) => targetLists(key, escalation))
    .flatMap(({ path, targets }) =>
      targets.flatMap((target, index) =>
        'schedule' in target
          ? [{ schedule: target.schedule, pointer: `/${[...path, index].join('/')}` }]
          : [],
      ),
    );
}
