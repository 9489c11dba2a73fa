import { z } from 'zod';
import { entry } from '../../domain/policy.ts';
import { identifier } from '../../domain/text.ts';
import { answer, begun } from './answer.ts';
import { activePerson, command, names, nothing, person, wrong } from './command.ts';
import type { Refused } from './command.ts';
import type { Given, IncidentSituation } from './record.ts';
import type { IncidentState } from './states.ts';

const owner = z.strictObject({ team: identifier(64).optional(), assignee: person.optional() });

function assignable({ record, input, policy }: Given<typeof owner>): Refused {
  if (input.team === undefined && input.assignee === undefined) {
    return wrong('assignee', 'name a team, an assignee or both');
  }
  const key = input.team ?? record.fields.team;
  const team = entry(policy.body.teams, key);
  if (team === undefined) {
    return wrong(
      'team',
      `team "${key}" is not in the policy, which has: ${names(policy.body.teams)}`,
    );
  }
  if (input.assignee === undefined) return undefined;
  const inactive = activePerson(policy, 'assignee', input.assignee);
  if (inactive !== undefined || team.members.includes(input.assignee)) return inactive;
  return wrong(
    'assignee',
    `"${input.assignee}" is not a member of team "${key}", which has: ${team.members.join(', ')}`,
  );
}

/** On hold it stays on hold. */
export function assigned({ record }: IncidentSituation): IncidentState {
  return record.state === 'onHold' ? 'onHold' : 'assigned';
}

export const assign = command({
  does: 'Give it to a team, and to one of its members',
  input: owner,
  event: 'assigned',
  refuse: assignable,
  set: ({ record: { fields }, input }) => {
    const team = input.team ?? fields.team;
    const assignee = input.assignee ?? null;
    const moved =
      team !== fields.team || (fields.assignee !== null && fields.assignee !== assignee);
    return { team, assignee, reassignments: fields.reassignments + (moved ? 1 : 0) };
  },
});

export const start = command({
  does: 'Begin to work on it',
  input: nothing,
  event: 'started',
  set: ({ record, actor, now }) => ({
    ...answer(record, actor, now),
    ...begun,
    assignee: record.fields.assignee ?? actor.id,
  }),
});
