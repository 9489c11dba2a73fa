import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { incident } from '../processes/incident.ts';
import { testPolicy } from '../test/helpers/policy.ts';
import { parsePolicy, parseStoredPolicy, policySchema } from './policy.ts';
import type { PolicyInput } from './policy.ts';
import { Simulation } from './simulation.ts';

/** A policy of each released shape, as it was stored then: the least and the most that a file of that version could say. */
const folder = fileURLToPath(new URL('../test/policies/', import.meta.url));
const released = readdirSync(folder).sort();

function stored(file: string): unknown {
  return JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
}

test('there is an example of the first release', () => {
  expect(released).toEqual(expect.arrayContaining(['0.1-least.json', '0.1-whole.json']));
});

test.each(released)('%s, which a released version stored, can be read', (file) => {
  expect(parseStoredPolicy(stored(file))).toMatchObject({ ok: true });
});

test('what came after a release has a default under a policy of that release, so that a record is decided as it was', () => {
  const simulation = new Simulation(
    incident,
    stored('0.1-least.json') as PolicyInput,
    '2026-11-23T09:00:00Z',
  ).open({ title: 'Shop', impact: 1, urgency: 1 });
  expect(simulation.record.fields['priority']).toBe(1);
  expect(simulation.dueAt('resolve')).toBe('2026-11-23T13:00:00.000Z');
});

test('the newest example says all that a policy can say, and is one that is accepted today', () => {
  const newest = stored(released.findLast((file) => file.endsWith('-whole.json')) ?? '') as object;
  expect(Object.keys(newest).sort()).toEqual(Object.keys(policySchema.shape).sort());
  expect(parsePolicy(newest)).toMatchObject({ ok: true });
});

describe('a field that this version does not know', () => {
  const newer = {
    ...testPolicy,
    colour: 'blue',
    people: { ...testPolicy.people, ann: { ...testPolicy.people.ann, pager: '12' } },
  };

  test('is left out of a stored policy, wherever it stands', () => {
    expect(parseStoredPolicy(newer)).toEqual(parsePolicy(testPolicy));
  });

  test('is refused in a new policy, by its place', () => {
    expect(parsePolicy(newer)).toMatchObject({
      ok: false,
      error: { issues: [{ pointer: '/people/ann/pager' }, { pointer: '/colour' }] },
    });
  });
});

test('a stored policy in which something else is wrong is not read, and its places are named', () => {
  const result = parseStoredPolicy({ ...testPolicy, colour: 'blue', priority: 'by mood' });
  expect(result).toMatchObject({ ok: false, error: { issues: [{ pointer: '/priority' }] } });
});
