import { escalationOf, factsOf, night, saturday, take } from '../../test/helpers/escalation.ts';
import type { EscalationInput } from '../../test/helpers/escalation.ts';
import { MINUTE } from '../time.ts';
import { nextStep, start } from './course.ts';
import type { CourseFacts, Exhausted, Page } from './course.ts';

type Course = Omit<EscalationInput, 'priorities'>;

/** `0m ann`, `5m #ops`, `15m exhausted: lea`: minutes since the beginning, and who is paged. */
function inWords(at: number, next: Page | Exhausted): string {
  const { people, channels } = next.kind === 'page' ? next : next.tell;
  const whom = [...people.map(({ person }) => person), ...channels.map((name) => `#${name}`)];
  const minutes = `${at / MINUTE}m`;
  return next.kind === 'page'
    ? `${minutes} ${whom.join(' ')}`
    : `${minutes} exhausted: ${whom.join(' ')}`;
}

function told(course: Course, count: number, change: Partial<CourseFacts> = {}): string[] {
  const facts = factsOf(change);
  const moments = take(count, escalationOf(course), facts);
  return moments.map(({ at, next }) => inWords(at - facts.now, next));
}

const ann = { person: 'ann' };
const bob = { person: 'bob' };
const cem = { person: 'cem' };
const nobody = { team: 'empty' };

const twoSteps: Course = {
  steps: [
    { to: [ann], wait: '5m' },
    { to: [bob], wait: '10m' },
  ],
};

test.each<[string, Course, string[], Partial<CourseFacts>?]>([
  [
    'steps follow each other by their waits, and exhaustion begins anew after half an hour',
    twoSteps,
    ['0m ann', '5m bob', '15m exhausted: ', '45m ann', '50m bob', '60m exhausted: '],
  ],
  [
    'steps are repeated as often as the policy says',
    { ...twoSteps, repeat: 1 },
    ['0m ann', '5m bob', '15m ann', '20m bob', '30m exhausted: '],
  ],
  [
    'the catch-all is paged after the last round, then its wait, then the managers are told',
    {
      ...twoSteps,
      repeat: 1,
      catchAll: { to: [{ team: 'operations' }] },
      whenExhausted: { tell: [{ person: 'lea' }, { channel: 'ops' }], every: '1h' },
    },
    [
      '0m ann',
      '5m bob',
      '15m ann',
      '20m bob',
      '30m ann bob cem',
      '40m exhausted: lea #ops',
      '100m ann',
    ],
  ],
  [
    'a step that means nobody does not wait',
    {
      steps: [
        { to: [nobody], wait: '5m' },
        { to: [bob], wait: '10m' },
      ],
      repeat: 1,
    },
    ['0m bob', '10m bob', '20m exhausted: '],
  ],
  [
    'a step whose schedule has nobody on call does not wait',
    {
      steps: [
        { to: [{ schedule: 'nights' }], wait: '5m' },
        { to: [cem], wait: '10m' },
      ],
    },
    ['0m cem', '10m exhausted: '],
  ],
  [
    'a step pages whom its schedule has on call as it fires',
    {
      steps: [
        { to: [{ schedule: 'nights' }], wait: '5m' },
        { to: [cem], wait: '10m' },
      ],
    },
    ['0m bob', '5m cem', '15m exhausted: '],
    { now: night },
  ],
  [
    'when nobody can be paged at all it is exhausted at once, and tries again later',
    { steps: [{ to: [nobody], wait: '5m' }], repeat: 20 },
    ['0m exhausted: ', '30m exhausted: '],
  ],
  [
    'a step without a wait is followed by the next at once',
    {
      steps: [
        { to: [ann], wait: '0m' },
        { to: [bob], wait: '10m' },
      ],
      repeat: 1,
    },
    ['0m ann', '0m bob', '10m ann', '10m bob', '20m exhausted: '],
  ],
  [
    'a step is not taken twice at one moment because the steps with waits mean nobody',
    {
      steps: [
        { to: [ann], wait: '0m' },
        { to: [nobody], wait: '5m' },
      ],
      repeat: 20,
      catchAll: { to: [bob] },
    },
    ['0m ann', '0m bob', '10m exhausted: '],
  ],
  [
    'a jump back is taken once in a round when the policy names only the step',
    {
      steps: [
        { name: 'first', to: [ann], wait: '5m' },
        { to: [bob], wait: '5m', jumpTo: 'first' },
        { to: [cem], wait: '5m' },
      ],
    },
    ['0m ann', '5m bob', '10m ann', '15m bob', '20m cem', '25m exhausted: '],
  ],
  [
    'a jump is taken as often as the policy says, and again in the next round',
    {
      steps: [
        { name: 'first', to: [ann], wait: '5m', jumpTo: { step: 'first', times: 2 } },
        { to: [bob], wait: '5m' },
      ],
      repeat: 1,
    },
    [
      ...['0m ann', '5m ann', '10m ann', '15m bob'],
      ...['20m ann', '25m ann', '30m ann', '35m bob', '40m exhausted: '],
    ],
  ],
  [
    'a jump forward passes over what lies between',
    {
      steps: [
        { to: [ann], wait: '5m', jumpTo: 'last' },
        { to: [bob], wait: '5m' },
        { name: 'last', to: [cem], wait: '5m' },
      ],
    },
    ['0m ann', '5m cem', '10m exhausted: '],
  ],
  [
    'a step without targets is a junction: by day its condition does not hold, and the next step follows',
    {
      steps: [
        { to: [], wait: '0s', when: { closed: 'office' }, jumpTo: 'night' },
        { to: [ann], wait: '5m' },
        { name: 'night', to: [bob], wait: '5m' },
      ],
    },
    ['0m ann', '5m bob', '10m exhausted: '],
  ],
  [
    'a step without targets is a junction: by night its jump is taken',
    {
      steps: [
        { to: [], wait: '0s', when: { closed: 'office' }, jumpTo: 'night' },
        { to: [ann], wait: '5m' },
        { name: 'night', to: [bob], wait: '5m' },
      ],
    },
    ['0m bob', '5m exhausted: '],
    { now: night },
  ],
  [
    'a condition on the priority passes a step over without a wait',
    {
      steps: [
        { to: [ann], wait: '5m', when: { priorities: [2] } },
        { to: [bob], wait: '5m', when: { priorities: [1] } },
      ],
    },
    ['0m bob', '5m exhausted: '],
  ],
  [
    'a condition on weekdays holds by the calendar day of its zone',
    {
      steps: [
        {
          to: [ann],
          wait: '5m',
          when: { weekdays: ['saturday', 'sunday'], timeZone: 'Europe/Berlin' },
        },
        { to: [bob], wait: '5m', when: { weekdays: ['sunday'], timeZone: 'Pacific/Auckland' } },
        { to: [cem], wait: '5m' },
      ],
    },
    ['0m ann', '5m bob', '10m cem', '15m exhausted: '],
    { now: saturday },
  ],
  [
    'a condition on a calendar holds while it is open',
    {
      steps: [
        { to: [ann], wait: '5m', when: { open: 'office' } },
        { to: [bob], wait: '5m' },
      ],
    },
    ['0m bob', '5m exhausted: '],
    { now: saturday },
  ],
  [
    'outside of their working hours people are left out of a step that asks for them',
    {
      steps: [
        { to: [ann], wait: '5m', when: { workingHours: true } },
        { to: [ann, bob], wait: '5m', when: { workingHours: true } },
        { to: [ann], wait: '5m' },
      ],
    },
    ['0m bob', '5m ann', '10m exhausted: '],
    { now: night },
  ],
  [
    'who cannot be reached counts as nobody',
    twoSteps,
    ['0m bob', '10m exhausted: '],
    { unreachable: new Set(['ann']) },
  ],
  [
    'who acknowledged is not paged again by later steps',
    {
      steps: [
        { to: [ann, bob], wait: '5m' },
        { to: [ann], wait: '5m' },
        { to: [cem], wait: '5m' },
      ],
    },
    ['0m bob', '5m cem', '10m exhausted: '],
    { acknowledged: new Set(['ann']) },
  ],
  [
    'the members of a team are paged in turn',
    { steps: [{ to: [{ team: 'operations', roundRobin: true }], wait: '5m' }], repeat: 3 },
    ['0m ann', '5m bob', '10m cem', '15m ann', '20m exhausted: '],
  ],
])('%s', (_, ...[course, expected, change]) => {
  expect(told(course, expected.length, change)).toEqual(expected);
});

test('what was passed over is told with the reason', () => {
  const escalation = escalationOf({
    steps: [
      { to: [cem], wait: '5m', when: { priorities: [2] } },
      { to: [{ person: 'gone' }, { schedule: 'days' }], wait: '5m' },
      { to: [bob], wait: '5m', acknowledgedBy: 2 },
    ],
  });
  expect(nextStep(escalation, start, factsOf())).toMatchObject({
    kind: 'page',
    rule: 'steps.2',
    acknowledgedBy: 2,
    skipped: [
      { rule: 'steps.0', why: 'priorities' },
      {
        rule: 'steps.1',
        why: 'nobody',
        dropped: [
          { kind: 'person', key: 'gone', why: 'inactive' },
          { kind: 'schedule', key: 'days', why: 'unknown' },
        ],
      },
    ],
  });
});

test('a course goes on from a position that was stored as JSON', () => {
  const escalation = escalationOf({ ...twoSteps, repeat: 2 });
  const [first, second] = take(2, escalation, factsOf());
  const stored = JSON.parse(JSON.stringify(first?.next.position)) as typeof start;
  expect(nextStep(escalation, stored, factsOf())).toEqual(second?.next);
});
