import { escalationPreview } from '../../api/contract.ts';
import type { EscalationPreviewView } from '../../api/contract.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { usePolicy } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';
import { desk, makeSchedule, NOON } from './schedulesSupport.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

/** Ann is on call from Monday noon, Bob from Tuesday noon. */
let api: TestApi;
let ann: string;
beforeAll(async () => {
  api = await startApi(() => NOON);
  ann = await api.key('ann', ['resolver']);
  await makeSchedule(api, 'desk', desk);
});
afterAll(() => api.stop());
beforeEach(() => usePolicy(api.pool, (policy) => policy));

const base = '/api/v1/escalation-policies';
type Escalation = PolicyInput['escalations'][string];

function escalateBy(change: Partial<Escalation>): Promise<string> {
  return usePolicy(api.pool, (policy) => ({
    ...policy,
    escalations: {
      standard: { priorities: [1, 2], steps: [{ to: [{ person: 'lea' }], wait: '5m' }], ...change },
    },
  }));
}

async function preview(query = ''): Promise<EscalationPreviewView> {
  const answer = await api.call('GET', `${base}/standard/preview${query}`, { key: ann });
  return escalationPreview.parse(answer.body);
}

/** `12:05 steps.1 ann, bob`. */
async function course(query = ''): Promise<string[]> {
  const { steps } = await preview(query);
  return steps.map(({ at, kind, rule, people, channels }) => {
    const whom = [...people.map(({ person }) => person), ...channels].join(', ');
    return `${at.slice(11, 16)} ${rule ?? kind} ${whom}`.trim();
  });
}

test('they are listed as the policy has them, with the services that they are for', async () => {
  const hash = await usePolicy(api.pool, (policy) => policy);
  const standard = {
    ...{ id: 'standard', policy: hash, services: ['shop'] },
    definition: testPolicy.escalations.standard,
  };
  expect((await api.call('GET', base, { key: ann })).body).toEqual({ items: [standard] });
  expect((await api.call('GET', `${base}/standard`, { key: ann })).body).toEqual(standard);
});

test('they are for the desk, and what is not there is not found', async () => {
  const zoe = await api.key('zoe', ['requester']);
  for (const path of [base, `${base}/standard`, `${base}/standard/preview`]) {
    expect((await api.call('GET', path, { key: zoe })).status).toBe(403);
  }
  for (const path of [`${base}/none`, `${base}/none/preview`, `${base}/constructor/preview`]) {
    expect((await api.call('GET', path, { key: ann })).status).toBe(404);
  }
  for (const query of ['priority=0', 'priority=high', 'at=soon', 'when=now']) {
    const answer = await api.call('GET', `${base}/standard/preview?${query}`, { key: ann });
    expect([query, answer.status]).toEqual([query, 400]);
  }
});

describe('a preview', () => {
  test('tells each step with its time, to the end of the last round', async () => {
    expect(await course()).toEqual([
      '12:00 steps.0 ann',
      '12:05 steps.1 ann, bob',
      '12:15 steps.0 ann',
      '12:20 steps.1 ann, bob',
      '12:30 exhausted',
    ]);
    expect((await preview()).steps.map(({ round }) => round)).toEqual([1, 1, 2, 2, 2]);
  });

  test('asks the schedule at the time of each step, and tells why somebody is on call then', async () => {
    await escalateBy({
      steps: [
        { to: [{ schedule: 'desk' }], wait: '10m' },
        { to: [{ schedule: 'desk' }, { person: 'lea' }], wait: '10m' },
      ],
    });
    expect(await course('?at=2026-06-02T11:55:00Z')).toEqual([
      '11:55 steps.0 ann',
      '12:05 steps.1 bob, lea',
      '12:15 exhausted',
    ]);
    const { steps } = await preview();
    expect(steps[0]?.people).toEqual([
      {
        ...{ person: 'ann', name: 'Ann' },
        why: 'step 1 of escalation standard, round 1, on call in desk (version 1) by rotation, layer noon to noon',
      },
    ]);
  });

  test('gives the turns of a team one after the other, and takes none', async () => {
    await escalateBy({
      steps: [{ to: [{ team: 'operations', roundRobin: true }], wait: '5m' }],
      repeat: 2,
    });
    const first = await course();
    expect(first.slice(0, 3)).toEqual([
      '12:00 steps.0 ann',
      '12:05 steps.0 bob',
      '12:10 steps.0 ann',
    ]);
    expect(await course()).toEqual(first);
  });

  test('is of the priority that is asked for, the highest by itself', async () => {
    await escalateBy({
      steps: [
        { to: [{ person: 'ann' }], wait: '5m', when: { priorities: [1] } },
        { to: [{ person: 'lea' }], wait: '5m' },
      ],
    });
    expect(await course()).toEqual(['12:00 steps.0 ann', '12:05 steps.1 lea', '12:10 exhausted']);
    expect(await course('?priority=2')).toEqual(['12:00 steps.1 lea', '12:05 exhausted']);
    expect(await preview('?priority=3')).toMatchObject({ pages: false, steps: [], complete: true });
  });

  test('says which steps are passed over, and who is left out and why', async () => {
    await usePolicy(api.pool, (policy) => ({
      ...policy,
      people: { ...policy.people, cem: { name: 'Cem' } },
      escalations: {
        standard: {
          priorities: [1],
          steps: [
            { to: [{ schedule: 'none' }], wait: '5m' },
            { to: [{ person: 'cem' }, { person: 'lea' }], wait: '5m' },
          ],
          whenExhausted: { tell: [{ person: 'gone' }, { person: 'bob' }] },
        },
      },
    }));
    expect((await preview()).steps).toMatchObject([
      {
        skipped: [{ rule: 'steps.0', why: 'nobody', dropped: [{ key: 'none', why: 'unknown' }] }],
        dropped: [{ kind: 'person', key: 'cem', why: 'unreachable' }],
      },
      {
        ...{ kind: 'exhausted', people: [{ person: 'bob' }] },
        dropped: [{ kind: 'person', key: 'gone', why: 'inactive' }],
      },
    ]);
  });

  test('of a long escalation tells the first hundred steps, and that there are more', async () => {
    const step = { to: [{ person: 'lea' }], wait: '1m' };
    await escalateBy({ steps: Array.from({ length: 20 }, () => step), repeat: 9 });
    const { steps, complete } = await preview();
    expect([steps.length, complete]).toEqual([100, false]);
  });
});
