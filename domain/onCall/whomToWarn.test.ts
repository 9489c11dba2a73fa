import { testPolicy } from '../../test/helpers/policy.ts';
import { parsePolicy } from '../policy.ts';
import type { PolicyInput } from '../policy.ts';
import { whomToWarn } from './whomToWarn.ts';

const lea = { person: 'lea' };
const team = { team: 'operations', roundRobin: false };

function warned(change: Partial<PolicyInput>, schedule = 'desk') {
  const parsed = parsePolicy({ ...testPolicy, ...change });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return whomToWarn(parsed.value, schedule);
}

const careful = {
  priorities: [1],
  steps: [{ to: [{ schedule: 'desk' }], wait: '5m' }],
  catchAll: { to: [{ team: 'operations' }] },
  whenExhausted: { tell: [lea] },
} satisfies PolicyInput['escalations'][string];

test('the leads of the teams whose services are escalated by a schedule come first, then whom exhaustion tells, then all whom it pages', () => {
  expect(warned({ escalations: { standard: careful } })).toEqual([
    [lea],
    [lea],
    [{ schedule: 'desk' }, team, lea],
  ]);
});

test('a team whose services are escalated by another one is not asked', () => {
  const { standard } = testPolicy.escalations;
  const [leads] = warned({ escalations: { standard, careful } });
  expect(leads).toEqual([]);
});

test.each([
  ['a step', careful],
  [
    'the catch-all',
    {
      ...careful,
      steps: [{ to: [lea], wait: '5m' }],
      catchAll: { to: [{ schedule: 'desk' }, lea] },
    },
  ],
  [
    'its exhaustion',
    {
      ...careful,
      steps: [{ to: [lea], wait: '5m' }],
      whenExhausted: { tell: [{ schedule: 'desk' }] },
    },
  ],
])('a schedule counts that is named by %s', (_place, standard) => {
  expect(warned({ escalations: { standard } })[0]).toEqual([lea]);
});

test('nobody is told of a schedule that no escalation names', () => {
  expect(warned({ escalations: { standard: careful } }, 'network')).toEqual([]);
});
