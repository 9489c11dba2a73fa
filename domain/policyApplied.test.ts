import { incident } from '../processes/incident.ts';
import { testPolicy } from '../test/helpers/policy.ts';
import type { PolicyInput } from './policy.ts';
import { Simulation } from './simulation.ts';

function edited(change: (policy: PolicyInput) => void): PolicyInput {
  const copy = structuredClone(testPolicy) as PolicyInput;
  change(copy);
  return copy;
}

const otherContacts = edited((policy) => {
  policy.people['ann'] = { name: 'Anna', webhook: 'https://hooks.example.org/anna' };
});

const longer = edited((policy) => {
  const level = policy.serviceLevels['standard'];
  if (level?.resolve) level.resolve['3'] = { within: '30h', calendar: 'office' };
});

/** Pages for priority 3 too: that moves no field and no clock. */
const pagesMore = edited((policy) => {
  const escalation = policy.escalations['standard'];
  if (escalation) escalation.priorities = [1, 2, 3];
});

function opened() {
  const simulation = new Simulation(incident, testPolicy, '2026-11-23T09:00:00Z');
  return simulation.open({ title: 'Shop', impact: 2, urgency: 2 });
}

function types({ events }: { events: readonly { type: string }[] }): string[] {
  return events.map(({ type }) => type);
}

test('a policy that changes nothing of a record is no event of it', () => {
  const simulation = opened().pass('10m').apply(otherContacts);
  expect(types(simulation)).toEqual(['opened']);
});

test('nor is one that changes nothing of a record with a clock that was paused and goes on', () => {
  const simulation = opened()
    .give('start')
    .pass('1h')
    .give('hold', { reason: 'customer', comment: 'waits' })
    .pass('1h')
    .give('resume')
    .apply(otherContacts);
  expect(types(simulation)).not.toContain('policyApplied');
});

test('the next event names the policy in force, for that one decides it', () => {
  const before = opened().record.policy;
  const { record } = opened().apply(otherContacts).give('acknowledge');
  expect(record.policy).not.toBe(before);
});

test('a policy that moves a deadline is an event', () => {
  expect(types(opened().apply(longer))).toEqual(['opened', 'policyApplied']);
});

test('a policy that begins an escalation is an event, though it moves no field and no clock', () => {
  const simulation = opened().apply(pagesMore);
  expect(types(simulation)).toEqual(['opened', 'policyApplied']);
  expect(simulation.effects).toContainEqual({ kind: 'escalation', escalation: 'standard' });
});

test('a policy that ends an escalation is an event', () => {
  const simulation = new Simulation(incident, pagesMore, '2026-11-23T09:00:00Z');
  simulation.open({ title: 'Shop', impact: 2, urgency: 2 }).apply(testPolicy);
  expect(types(simulation)).toEqual(['opened', 'policyApplied']);
});

test('what a policy begins is begun also when one that changed nothing came in between', () => {
  const simulation = opened().apply(otherContacts).apply(pagesMore).apply(pagesMore);
  expect(types(simulation)).toEqual(['opened', 'policyApplied']);
  expect(simulation.effects.filter(({ kind }) => kind === 'escalation')).toHaveLength(1);
});
