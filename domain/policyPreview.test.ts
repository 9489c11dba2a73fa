import fc from 'fast-check';
import { incident } from '../processes/incident.ts';
import { testPolicy } from '../test/helpers/policy.ts';
import { makePolicy, parsePolicy } from './policy.ts';
import type { Policy, PolicyInput } from './policy.ts';
import { ImpactTally } from './policyImpact.ts';
import { previewRecord } from './policyPreview.ts';
import type { RecordImpact } from './policyPreview.ts';
import { erase } from './defineProcess.ts';
import { Simulation } from './simulation.ts';
import { fromIso, HOUR, MINUTE } from './time.ts';

const monday = fromIso('2026-11-23T09:00:00Z');
const definition = erase(incident);

type Target = { within: string; calendar: string };

function edited(change: (policy: PolicyInput) => void): PolicyInput {
  const copy = structuredClone(testPolicy) as PolicyInput;
  change(copy);
  return copy;
}

/** The test policy with other targets of one clock. */
function withTargets(clock: 'respond' | 'resolve', targets: Record<string, Target>): PolicyInput {
  return edited((policy) => {
    const level = policy.serviceLevels['standard'];
    if (level) level[clock] = { ...level[clock], ...targets };
  });
}

/** The hash is the simulation's, so that a record of one is known to be decided by it. */
function made(input: PolicyInput): Policy {
  const parsed = parsePolicy(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return makePolicy(JSON.stringify(input), parsed.value);
}

function opened(input: object = {}): Simulation<never, never, never> {
  const simulation = new Simulation(incident, testPolicy, '2026-11-23T09:00:00Z');
  return simulation.open({ title: 'Shop', impact: 1, urgency: 1, ...input }) as never;
}

function preview(
  simulation: Simulation<never, never, never>,
  next: PolicyInput,
  now = monday,
): RecordImpact | undefined {
  return previewRecord(definition, simulation.record, made(testPolicy), made(next), now);
}

test('a policy that changes nothing for a record has no impact on it', () => {
  const renamed = edited((policy) => {
    policy.people['ann'] = { name: 'Anna', email: 'ann@example.org' };
  });
  expect(preview(opened(), renamed)).toBeUndefined();
});

test('a deadline that moves is told with both moments and the rule', () => {
  const next = withTargets('resolve', { 1: { within: '2h', calendar: 'always' } });
  expect(preview(opened(), next)).toMatchObject({
    deadlines: [
      {
        of: 'resolve',
        from: monday + 4 * HOUR,
        to: monday + 2 * HOUR,
        rule: 'serviceLevels.standard.resolve.1',
      },
    ],
    breaches: [],
    starts: [],
    ends: [],
  });
});

test('a target that is used up already is told as a breach at once, with what would be sent', () => {
  const next = withTargets('respond', { 3: { within: '5m', calendar: 'always' } });
  const record = opened({ impact: 2, urgency: 2 });
  expect(preview(record, next, monday + 10 * MINUTE)).toMatchObject({
    breaches: ['respond'],
    notifications: 1,
  });
});

test('what is missed under the policy in force too is no change of the new one', () => {
  const next = withTargets('resolve', { 1: { within: '5h', calendar: 'always' } });
  const impact = preview(opened(), next, monday + HOUR);
  expect(impact?.deadlines.map(({ of }) => of)).toEqual(['resolve']);
  expect(impact?.breaches).toEqual([]);
});

test('another matrix moves the priority, and the escalation with it', () => {
  const raised = edited((policy) => {
    policy.priority.matrix = [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ];
  });
  expect(preview(opened({ impact: 2, urgency: 2 }), raised)).toMatchObject({
    fields: [{ of: 'priority', from: 3, to: 1 }],
    starts: ['escalation'],
    ends: [],
  });
});

test('an escalation for more priorities begins for open records, one for fewer ends', () => {
  const forPriorities = (priorities: number[]): PolicyInput =>
    edited((policy) => {
      const standard = policy.escalations['standard'];
      if (standard) standard.priorities = priorities;
    });
  expect(preview(opened({ impact: 2, urgency: 2 }), forPriorities([1, 2, 3]))).toMatchObject({
    starts: ['escalation'],
  });
  expect(preview(opened(), forPriorities([2]))).toMatchObject({ ends: ['escalation'] });
});

test('time on hold and time used count under the new target as they did under the old one', () => {
  const steps = fc.array(
    fc.record({ minutes: fc.integer({ min: 1, max: 240 }), hold: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 30, max: 3_000 }), (course, targetMinutes) => {
      // Priority 4 has fifty office hours: under the test's course it is never missed.
      const simulation = opened({ impact: 3, urgency: 3 });
      let running = 0;
      let now = monday;
      const give = simulation.give.bind(simulation) as (name: string, input?: object) => unknown;
      give('start');
      for (const { minutes, hold } of course) {
        if (hold) give('hold', { reason: 'customer', comment: 'waits' });
        simulation.pass(`${minutes}m`);
        now += minutes * MINUTE;
        if (hold) give('resume');
        else running += minutes;
      }
      const next = withTargets('resolve', {
        4: { within: `${targetMinutes}m`, calendar: 'always' },
      });
      const impact = preview(simulation, next, now);
      const left = (targetMinutes - running) * MINUTE;
      const to = impact?.deadlines.find(({ of }) => of === 'resolve')?.to;
      if (left > 0) expect(to).toBe(now + left);
      else expect(impact?.breaches).toEqual(['resolve']);
    }),
    { numRuns: 60 },
  );
});

describe('adding up', () => {
  const impact = (number: string, to: number): RecordImpact => ({
    number: number as RecordImpact['number'],
    process: 'incident',
    state: null,
    fields: [{ of: 'priority', from: 3, to: 2 }],
    deadlines: [{ of: 'resolve', from: 100, to, rule: 'r' }],
    breaches: to < 50 ? ['resolve'] : [],
    starts: ['escalation'],
    ends: [],
    notifications: 2,
  });

  test('counts cover all records, details the first ones only', () => {
    const tally = new ImpactTally(1);
    tally.add(impact('INC-1', 40));
    tally.add(impact('INC-2', 200));
    tally.add(undefined);
    tally.addUndecided({ number: 'INC-4', reason: 'no calendar' });
    expect(tally.total()).toMatchObject({
      examined: 4,
      changed: 2,
      breaches: 1,
      escalationsStarted: 2,
      notifications: 4,
      undecided: 1,
      fields: [{ field: 'priority', from: 3, to: 2, records: 2 }],
      deadlines: [{ clock: 'resolve', rule: 'r', earlier: 1, later: 1, added: 0, removed: 0 }],
      records: [{ number: 'INC-1' }],
      undecidedRecords: [{ number: 'INC-4', reason: 'no calendar' }],
    });
  });
});
