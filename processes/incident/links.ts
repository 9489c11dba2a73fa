import { z } from 'zod';
import { command, wrong } from './command.ts';
import type { Refused } from './command.ts';
import type { IncidentFields } from './fields.ts';
import type { Given } from './record.ts';

const relations = ['parent', 'duplicate', 'follows', 'problem', 'change'] as const;

/** The field of each relation. `follows` is an earlier incident that is over: what caused it came back. */
const fieldOf = {
  parent: 'parent',
  duplicate: 'duplicateOf',
  follows: 'follows',
  problem: 'problem',
  change: 'change',
} as const satisfies Record<(typeof relations)[number], keyof IncidentFields>;

const relation = z.enum(relations);

const target = z.strictObject({
  relation,
  number: z.string().regex(/^[A-Z]{2,5}-[1-9]\d{0,15}$/, 'must be a number such as INC-7'),
});

function linkable({ record, related, input }: Given<typeof target>): Refused {
  if (input.number === record.number) {
    return wrong('number', 'a record cannot be linked to itself');
  }
  if (input.relation === 'problem' || input.relation === 'change') {
    const own = `${record.number.split('-')[0] ?? ''}-`;
    return input.number.startsWith(own)
      ? wrong('number', `${input.number} is an ${record.process}, no ${input.relation}`)
      : undefined;
  }
  if (related?.organisation !== record.organisation) {
    return wrong('number', `there is no record ${input.number}`);
  }
  if (related.process !== record.process) {
    return wrong('number', `${input.number} is no ${record.process}`);
  }
  return related.ancestors.includes(record.number)
    ? wrong(
        'number',
        `${input.number} is below ${record.number} already: the links would form a circle`,
      )
    : undefined;
}

export const link = command({
  does: 'Link it to its parent, the incident that it repeats, a problem or a change',
  input: target,
  event: 'linked',
  related: ({ number }) => number,
  refuse: linkable,
  set: ({ input }) => ({ [fieldOf[input.relation]]: input.number }),
});

export const unlink = command({
  does: 'Take a link away',
  input: z.strictObject({ relation }),
  event: 'unlinked',
  refuse: ({ record, input }) =>
    record.fields[fieldOf[input.relation]] === null
      ? wrong('relation', 'it has no such link')
      : undefined,
  set: ({ input }) => ({ [fieldOf[input.relation]]: null }),
});
