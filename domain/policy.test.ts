import { makePolicy, parsePolicy, serviceOf, targetOf } from './policy.ts';
import { HOUR, MINUTE } from './time.ts';
import { testPolicy } from '../test/helpers/policy.ts';

type Data = Record<string, unknown>;

function issuesOf(data: unknown): string[] {
  const result = parsePolicy(data);
  if (result.ok || result.error.kind !== 'invalid') return [];
  return result.error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

function changed(change: (policy: typeof testPolicy) => void): Data {
  const copy = structuredClone(testPolicy);
  change(copy);
  return copy;
}

test('the test policy is valid', () => {
  expect(issuesOf(testPolicy)).toEqual([]);
});

test.each<[string, Data, string]>([
  [
    'an incomplete matrix',
    changed((p) => (p.priority.matrix[1] = [2, 3])),
    '/priority/matrix/1: must have 3 columns like the first row: the matrix is incomplete',
  ],
  [
    'an unknown calendar',
    changed((p) => (p.serviceLevels.standard.resolve[1].calendar = 'nights')),
    '/serviceLevels/standard/resolve/1/calendar: "nights" is not in calendars, which has: always, office',
  ],
  [
    'an unknown member',
    changed((p) => p.teams.network.members.push('zoe')),
    '/teams/network/members/1: "zoe" is not in people, which has: ann, bob, lea, gone',
  ],
  [
    'an unknown default service',
    { ...testPolicy, defaultService: 'shoop' },
    '/defaultService: "shoop" is not in services, which has: shop, wiki',
  ],
  [
    'a name that every object has',
    { ...testPolicy, defaultService: 'toString' },
    '/defaultService: "toString" is not in services, which has: shop, wiki',
  ],
  [
    'a duration that is none',
    changed((p) => (p.serviceLevels.standard.autoClose.within = '5 days')),
    '/serviceLevels/standard/autoClose/within: must be a duration such as 30s, 15m, 4h, 1h30m or 5d',
  ],
  [
    'a target of no time',
    changed((p) => (p.serviceLevels.standard.autoClose.within = '0m')),
    '/serviceLevels/standard/autoClose/within: must be longer than nothing',
  ],
  [
    'repeats without a wait',
    changed((p) => {
      p.escalations.standard.steps.forEach((step) => (step.wait = '0m'));
    }),
    '/escalations/standard: repeats without a wait: give at least one step a wait, or it pages without end',
  ],
  [
    'a severity outside the matrix',
    changed((p) => (p.alertmanager.severities.critical.impact = 4)),
    '/alertmanager/severities/critical: impact 4 and urgency 1 are not in the priority matrix',
  ],
  [
    'a webhook that is no http address',
    {
      ...testPolicy,
      people: { ...testPolicy.people, ann: { name: 'Ann', webhook: 'file:///etc/passwd' } },
    },
    '/people/ann/webhook: must be an http or https address',
  ],
  ['a key that nobody knows', { ...testPolicy, colour: 'blue' }, '/colour: is not a known field'],
  [
    'a calendar that never opens',
    {
      ...testPolicy,
      calendars: { ...testPolicy.calendars, dead: { timeZone: 'Europe/Berlin', week: {} } },
    },
    expect.stringMatching(/^\/calendars\/dead.*never opens/),
  ],
])('%s is refused, and its place is named', (_, data, issue) => {
  expect(issuesOf(data)).toContainEqual(issue);
});

describe('a loaded policy', () => {
  const parsed = parsePolicy(testPolicy);
  if (!parsed.ok) throw new Error('the test policy is not valid');
  const policy = makePolicy('hash', parsed.value);

  test('finds a target by service level and priority, and names its rule', () => {
    expect(targetOf(policy, 'shop', 'resolve', 1)).toEqual({
      within: 4 * HOUR,
      calendar: 'always',
      rule: 'serviceLevels.standard.resolve.1',
    });
    expect(targetOf(policy, 'shop', 'respond', 1)?.within).toBe(15 * MINUTE);
    expect(targetOf(policy, 'shop', 'respond', 5)).toBeUndefined();
    expect(targetOf(policy, 'shop', 'autoClose', 5)?.rule).toBe('serviceLevels.standard.autoClose');
  });

  test('treats a service that it does not have as the default service', () => {
    expect(serviceOf(policy, 'dropped').key).toBe('shop');
    expect(serviceOf(policy, null).key).toBe('shop');
    expect(serviceOf(policy, 'constructor').key).toBe('shop');
  });
});
