import type { Actor, Role } from '../domain/actor.ts';
import { commit, open } from '../records/commit.ts';
import type { Engine } from '../records/engine.ts';
import { processOf } from '../records/engine.ts';

const ORGANISATION = 'main';

function person(id: string, ...roles: Role[]): Actor {
  return { kind: 'person', id, roles, organisation: ORGANISATION };
}

type Step = readonly [Actor, command: string, input: object];

const stories: readonly { by: Actor; input: object; then: readonly Step[] }[] = [
  {
    by: person('kim', 'requester'),
    input: {
      title: 'The invoice of my last order is empty',
      service: 'catalogue',
      impact: 3,
      urgency: 2,
    },
    then: [
      [person('ben', 'resolver'), 'start', {}],
      [
        person('ben', 'resolver'),
        'hold',
        { reason: 'customer', comment: 'Which order number is it?' },
      ],
    ],
  },
  {
    by: person('dora', 'agent'),
    input: {
      title: 'Second floor cannot print',
      service: 'office',
      channel: 'phone',
      impact: 3,
      urgency: 3,
    },
    then: [[person('dora', 'resolver'), 'start', {}]],
  },
  {
    by: person('kim', 'requester'),
    input: {
      title: 'Search finds no umbrellas',
      service: 'catalogue',
      impact: 3,
      urgency: 3,
    },
    then: [
      [person('ada', 'resolver'), 'start', {}],
      [
        person('ada', 'resolver'),
        'resolve',
        { code: 'fixed', notes: 'The index was built again.' },
      ],
    ],
  },
];

/** Some incidents to look at. The same keys again: a restart adds none. */
export async function seed(engine: Engine): Promise<void> {
  for (const [index, { by, input, then }] of stories.entries()) {
    const request = { actor: by, now: engine.clock(), idempotencyKey: `demo-${index}` };
    const opened = await open(engine, processOf(engine, 'incident'), input, request);
    if (!opened.ok) throw new Error(`the demo cannot be seeded: ${JSON.stringify(opened.error)}`);
    for (const [step, [actor, command, body]] of then.entries()) {
      const idempotencyKey = `demo-${index}-${step}`;
      const { number } = opened.value.record;
      const told = { actor, now: engine.clock(), idempotencyKey };
      const done = await commit(engine, number, command, body, told);
      if (!done.ok) throw new Error(`the demo cannot be seeded: ${JSON.stringify(done.error)}`);
    }
  }
}
