import fc from 'fast-check';
import {
  courseOf,
  escalationPolicy,
  factsOf,
  night,
  saturday,
  take,
} from '../../test/helpers/escalation.ts';
import type { EscalationInput } from '../../test/helpers/escalation.ts';
import { escalationSchema } from './schema.ts';
import type { Escalation } from './schema.ts';

type StepInput = EscalationInput['steps'][number];

const minutes = (most: number) => fc.nat(most).map((count) => `${count}m`);
const targets = fc.array(
  fc.oneof(
    fc.constantFrom(...['ann', 'bob', 'cem', 'lea', 'gone'].map((person) => ({ person }))),
    fc.constantFrom({ schedule: 'nights' }, { schedule: 'days' }, { channel: 'ops' }),
    fc.record({
      team: fc.constantFrom('operations', 'network', 'empty'),
      roundRobin: fc.boolean(),
    }),
  ),
  { maxLength: 3 },
);
const conditions: fc.Arbitrary<StepInput['when']> = fc.constantFrom(
  { priorities: [1] },
  { priorities: [2] },
  { open: 'office' },
  { closed: 'office' },
  { workingHours: true as const },
  { weekdays: ['monday' as const], timeZone: 'Europe/Berlin' },
);
const stepNames = ['a', 'b', 'c', 'd', 'e'];
const jumpsTo = (names: readonly string[]) =>
  fc.record({ step: fc.constantFrom(...names), times: fc.integer({ min: 1, max: 3 }) });

/** Escalations that the schema accepts. @param option what a step may have beside its targets and its wait, by its index */
const escalations = (option: (index: number) => fc.Arbitrary<Partial<StepInput>>) =>
  fc
    .record({
      steps: fc
        .integer({ min: 1, max: stepNames.length })
        .chain((count) =>
          fc.tuple(
            ...stepNames
              .slice(0, count)
              .map((name, index) =>
                fc
                  .tuple(fc.record({ to: targets, wait: minutes(3) }), option(index))
                  .map(([step, options]): StepInput => ({ name, ...step, ...options })),
              ),
          ),
        ),
      repeat: fc.nat(3),
      catchAll: fc.option(fc.constant({ to: [{ team: 'operations' }] }), { nil: undefined }),
    })
    .map((input) => escalationSchema.safeParse({ priorities: [1], ...input }))
    .filter(({ success }) => success)
    .map(({ data }) => data as Escalation);

const withEveryOption = escalations(() =>
  fc.record({ when: conditions, jumpTo: jumpsTo(stepNames) }, { requiredKeys: [] }),
);
const passingOverNothing = escalations((index) =>
  fc.record({ jumpTo: jumpsTo(stepNames.slice(0, index + 1)) }, { requiredKeys: [] }),
);

const circumstances = fc.record({
  now: fc.constantFrom(factsOf().now, night, saturday),
  priority: fc.constantFrom(1, 2),
  unreachable: fc.subarray(['ann', 'bob', 'cem', 'lea']).map((people) => new Set(people)),
  acknowledged: fc.subarray(['ann', 'bob']).map((people) => new Set(people)),
});

test('at one moment no step is taken twice, and a wait comes, whatever the policy and the facts are', () => {
  fc.assert(
    fc.property(withEveryOption, circumstances, (escalation, change) => {
      const moments: string[][] = [[]];
      for (const { next } of take(40, escalation, factsOf(change))) {
        moments.at(-1)?.push(next.kind === 'page' ? next.rule : 'exhausted');
        if (next.wait > 0) moments.push([]);
      }
      const crowded = moments.filter((rules) => new Set(rules).size < rules.length);
      expect(crowded).toEqual([]);
      expect(Math.max(...moments.map(({ length }) => length))).toBeLessThanOrEqual(
        escalation.steps.length + 2,
      );
    }),
    { numRuns: 100 },
  );
});

/** Whom the steps mean that have no condition, by the test policy and without the code under test. */
function everybodyNamed({ steps, catchAll }: Escalation, unreachable: ReadonlySet<string>) {
  const teams: Readonly<Record<string, { members: readonly string[] }>> = escalationPolicy.teams;
  const named = [...steps, ...(catchAll ? [catchAll] : [])].flatMap(({ to }) =>
    to.flatMap((target) => {
      if ('person' in target) return [target.person];
      return 'team' in target ? (teams[target.team]?.members ?? []) : [];
    }),
  );
  return new Set(named.filter((person) => person !== 'gone' && !unreachable.has(person)));
}

test('when nobody answers, everybody who is named and can be reached is paged', () => {
  fc.assert(
    fc.property(
      passingOverNothing,
      fc.subarray(['ann', 'bob', 'cem', 'lea']).map((people) => new Set(people)),
      (escalation, unreachable) => {
        const paged = new Set<string>();
        let passes = 0;
        for (const { next } of courseOf(escalation, factsOf({ unreachable }))) {
          if (next.kind === 'page') for (const { person } of next.people) paged.add(person);
          // A team of three has had all of its turns after three passes.
          else if (++passes === 3) break;
        }
        const named = everybodyNamed(escalation, unreachable);
        expect([...named].filter((person) => !paged.has(person))).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
