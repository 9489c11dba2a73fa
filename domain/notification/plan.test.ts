import type { z } from 'zod';
import { fromIso, MINUTE } from '../time.ts';
import { policyMethods } from './contactMethod.ts';
import type { ContactMethod } from './contactMethod.ts';
import { isReachable, planNotifications } from './plan.ts';
import { notificationRulesSchema } from './rules.ts';
import type { Urgency } from './rules.ts';

const now = fromIso('2026-11-23T22:00:00Z');
const mail: ContactMethod = { id: 'm', kind: 'email', verified: true, enabled: true, setUp: true };
const sms: ContactMethod = { id: 's', kind: 'sms', verified: true, enabled: true, setUp: true };
const voice: ContactMethod = { id: 'v', kind: 'voice', verified: true, enabled: true, setUp: true };
const unverified = { verified: false };

type Rules = z.input<typeof notificationRulesSchema>;

const inTurn: Rules = {
  interrupting: [{ method: 's' }, { method: 'v', after: '5m' }, { method: 'm', after: '15m' }],
};

/** `s +0 interrupting.0`: the method, minutes from now, the rule. */
function planned(
  methods: ContactMethod[],
  rules: Rules | undefined,
  urgency: Urgency = 'interrupting',
  at = now,
): string[] {
  const parsed = rules && notificationRulesSchema.parse(rules);
  return planNotifications(methods, parsed, urgency, at).notifications.map(
    (one) => `${one.method} +${(one.at - at) / MINUTE} ${one.why}`,
  );
}

test('a person is reached by their methods in their order and at their distances', () => {
  expect(planned([mail, sms, voice], inTurn)).toEqual([
    's +0 interrupting.0',
    'v +5 interrupting.1',
    'm +15 interrupting.2',
  ]);
});

test('who has no rule is reached by all verified methods at once', () => {
  expect(planned([mail, sms], undefined)).toEqual(['m +0 default', 's +0 default']);
  expect(planned([mail, { ...sms, ...unverified }], inTurn, 'deferrable')).toEqual([
    'm +0 default',
  ]);
});

test('methods that cannot be used are skipped with the reason, and the next takes the place of the first', () => {
  const rules = notificationRulesSchema.parse({
    interrupting: [
      { method: 's' },
      { method: 'lost', after: '2m' },
      { method: 'v', after: '5m' },
      { method: 'm', after: '15m' },
    ],
  });
  const methods = [mail, { ...sms, ...unverified }, voice];
  expect(planNotifications(methods, rules, 'interrupting', now)).toEqual({
    notifications: [
      { method: 'v', kind: 'voice', setUp: true, at: now, why: 'interrupting.2' },
      { method: 'm', kind: 'email', setUp: true, at: now + 10 * MINUTE, why: 'interrupting.3' },
    ],
    skipped: [
      { method: 's', why: 'unverified' },
      { method: 'lost', why: 'unknown' },
    ],
  });
});

test('where no method of a rule can be used, all other verified ones are', () => {
  const methods = [mail, { ...sms, ...unverified }, { ...voice, enabled: false }];
  const rules: Rules = { interrupting: [{ method: 's' }, { method: 'v', after: '5m' }] };
  expect(planned(methods, rules)).toEqual(['m +0 default']);
});

test('who has no method that can be used is unreachable, and it is said why', () => {
  const methods = [
    { ...sms, ...unverified },
    { ...voice, enabled: false },
  ];
  const plan = planNotifications(methods, undefined, 'interrupting', now);
  expect(plan).toEqual({
    notifications: [],
    skipped: [
      { method: 's', why: 'unverified' },
      { method: 'v', why: 'disabled' },
    ],
  });
  expect(isReachable(plan)).toBe(false);
  expect(isReachable(planNotifications([], undefined, 'interrupting', now))).toBe(false);
});

test('what the policy names counts as verified', () => {
  const written = policyMethods({ email: 'ann@example.org', webhook: 'https://example.org/hook' });
  const methods = written.map((method) => ({ ...method, setUp: true }));
  expect(planned(methods, undefined)).toEqual([
    'policy-email +0 default',
    'policy-webhook +0 default',
  ]);
  expect(policyMethods({})).toEqual([]);
});

describe('a method by a channel that is not set up', () => {
  const notSetUp = { setUp: false };

  test('is skipped like one that is not verified', () => {
    const plan = planNotifications([{ ...mail, ...notSetUp }, sms], undefined, 'interrupting', now);
    expect(plan.notifications.map(({ method }) => method)).toEqual(['s']);
    expect(plan.skipped).toEqual([{ method: 'm', why: 'notSetUp' }]);
    expect(isReachable(plan)).toBe(true);
  });

  test('does not make its person reachable, and is planned all the same so that the ledger says why', () => {
    const methods = [
      { ...mail, ...notSetUp },
      { ...sms, ...unverified },
      { ...voice, ...notSetUp, enabled: false },
    ];
    const plan = planNotifications(methods, undefined, 'interrupting', now);
    expect(plan.notifications.map(({ method, why }) => [method, why])).toEqual([['m', 'default']]);
    expect(isReachable(plan)).toBe(false);
  });
});

describe('quiet hours', () => {
  const quiet = (from: string, to: string): Rules => ({
    quietHours: { timeZone: 'Europe/Berlin', from, to },
  });
  const when = (rules: Rules, at: string, urgency: Urgency = 'deferrable') => {
    const parsed = notificationRulesSchema.parse(rules);
    const { notifications } = planNotifications([mail], parsed, urgency, fromIso(at));
    return notifications.map((one) => new Date(one.at).toISOString());
  };

  test.each([
    [
      'in the evening wait for the morning',
      '22:00',
      '07:00',
      '2026-11-23T22:00Z',
      '2026-11-24T06:00Z',
    ],
    [
      'after midnight wait for the same morning',
      '22:00',
      '07:00',
      '2026-11-24T03:00Z',
      '2026-11-24T06:00Z',
    ],
    ['by day do not matter', '22:00', '07:00', '2026-11-24T11:00Z', '2026-11-24T11:00Z'],
    ['that end at midnight end there', '20:00', '00:00', '2026-11-23T21:00Z', '2026-11-23T23:00Z'],
    [
      'that begin at midnight begin there',
      '00:00',
      '06:00',
      '2026-11-23T23:00Z',
      '2026-11-24T05:00Z',
    ],
    [
      'across the night of a clock change are an hour shorter',
      '22:00',
      '07:00',
      '2026-03-28T22:00Z',
      '2026-03-29T05:00Z',
    ],
    ['within one day end on that day', '12:00', '13:00', '2026-11-23T11:30Z', '2026-11-23T12:00Z'],
  ])('%s', (_, from, to, at, expected) => {
    expect(when(quiet(from, to), at)).toEqual([new Date(expected).toISOString()]);
  });

  test('hold all methods of a rule, and those keep their distance at the end', () => {
    const rules: Rules = {
      ...quiet('22:00', '07:00'),
      deferrable: [{ method: 'm' }, { method: 's', after: '20m' }, { method: 'v', after: '1d' }],
    };
    const evening = fromIso('2026-11-23T20:55Z');
    expect(planned([mail, sms, voice], rules, 'deferrable', evening)).toEqual([
      'm +0 deferrable.0',
      `s +${9 * 60 + 5} deferrable.1`,
      `v +${24 * 60} deferrable.2`,
    ]);
    expect(planned([mail, sms, voice], rules, 'deferrable', evening + 10 * MINUTE)).toEqual([
      `m +${9 * 60 - 5} deferrable.0`,
      `s +${9 * 60 + 15} deferrable.1`,
      `v +${33 * 60 - 5} deferrable.2`,
    ]);
  });

  test('do not hold what is worth waking somebody', () => {
    const rules = quiet('22:00', '07:00');
    expect(when(rules, '2026-11-23T22:00Z', 'interrupting')).toEqual(['2026-11-23T22:00:00.000Z']);
  });
});

test.each<[string, unknown, string]>([
  [
    'eleven methods',
    { interrupting: Array.from({ length: 11 }, () => ({ method: 'm' })) },
    'must have at most 10 methods',
  ],
  [
    'an empty list',
    { deferrable: [] },
    'must have at least one method; leave it out to be reached by all that are verified',
  ],
  [
    'methods out of order',
    { interrupting: [{ method: 'm', after: '5m' }, { method: 's' }] },
    'must not come before the method above it; list them in order',
  ],
  ['a method days later', { interrupting: [{ method: 'm', after: '2d' }] }, 'must be at most 1d'],
  [
    'quiet hours of a whole day',
    { quietHours: { timeZone: 'UTC', from: '07:00', to: '07:00' } },
    'must be another time than "from": a whole day of quiet would hold messages for ever',
  ],
  [
    'quiet hours of no time zone',
    { quietHours: { from: '22:00', to: '07:00' } },
    'name the time zone, such as "Europe/Berlin"',
  ],
])('%s is refused', (_, rules, message) => {
  const { error } = notificationRulesSchema.safeParse(rules);
  expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
});
