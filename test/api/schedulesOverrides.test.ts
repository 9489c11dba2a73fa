import { startApi } from './support.ts';
import type { TestApi } from './support.ts';
import { auditedOf, faultsIn, items, makeSchedule, NOON, onCallIn } from './schedulesSupport.ts';

let api: TestApi;
let now = NOON;
let ann: string;
let bob: string;
let lea: string;
beforeAll(async () => {
  api = await startApi(() => now);
  ann = await api.key('ann', ['resolver']);
  bob = await api.key('bob', ['agent']);
  lea = await api.key('lea', ['manager']);
});
beforeEach(() => {
  now = NOON;
});
afterAll(() => api.stop());

const HOUR = 3_600_000;
const path = (id: string) => `/api/v1/schedules/${id}/overrides`;
/** `T18` of 1 June 2026. */
const at = (hours: number) => new Date(NOON + (hours - 12) * HOUR).toISOString();
const evening = { from: at(18), to: at(20) };

const onCallAt = async (id: string, hours: number) =>
  onCallIn(await api.call('GET', `/api/v1/schedules/${id}/on-call?at=${at(hours)}`));

/** @returns its id */
async function override(id: string, body: object, key = lea): Promise<string> {
  const answer = await api.call('POST', path(id), { body: { ...evening, ...body }, key });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return String(answer.body['id']);
}

test('an override stands from its beginning to its end, and is the reason of who is on call', async () => {
  const id = await makeSchedule(api, 'stands');
  const made = await override(id, { kind: 'replace', person: 'lea', insteadOf: 'ann' });
  expect(await onCallAt(id, 17.9)).toEqual(['ann']);
  expect(await onCallAt(id, 18)).toEqual(['lea']);
  expect(await onCallAt(id, 20)).toEqual(['ann']);
  const answer = await api.call('GET', `/api/v1/schedules/${id}/on-call?at=${at(18)}`);
  expect(answer.body['onCall']).toMatchObject([{ source: { kind: 'override', id: made } }]);
});

test('of two overrides that contradict each other only one stands, however they come', async () => {
  const id = await makeSchedule(api, 'contradiction');
  const answers = await Promise.all(
    ['lea', 'bob'].map((person) =>
      api.call('POST', path(id), {
        body: { kind: 'replace', person, insteadOf: 'ann', ...evening },
        key: lea,
      }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
  expect(answers.flatMap(faultsIn)).toEqual([
    expect.stringMatching(/^\/insteadOf: contradicts override ovr_/),
  ]);
  expect(items(await api.call('GET', path(id)))).toHaveLength(1);
});

test('overrides that agree may be made at once', async () => {
  const id = await makeSchedule(api, 'agree');
  const answers = await Promise.all(
    ['lea', 'bob'].map((person) =>
      api.call('POST', path(id), { body: { kind: 'add', person, ...evening }, key: lea }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect((await onCallAt(id, 19)).sort()).toEqual(['ann', 'bob', 'lea']);
});

test('an override is made once for a key', async () => {
  const id = await makeSchedule(api, 'once');
  const call = {
    body: { kind: 'add', person: 'lea', ...evening },
    headers: { 'idempotency-key': 'once' },
  };
  const [first, second] = [
    await api.call('POST', path(id), call),
    await api.call('POST', path(id), call),
  ];
  expect(second.body).toEqual(first.body);
  expect(items(await api.call('GET', path(id)))).toHaveLength(1);
});

test('an override that leaves nobody says when', async () => {
  const id = await makeSchedule(api, 'uncovered');
  const answer = await api.call('POST', path(id), {
    body: { kind: 'remove', person: 'ann', ...evening },
    key: ann,
  });
  expect(answer.body['gaps']).toEqual([evening]);
});

test('an override begins now at the earliest: what was, stays', async () => {
  const id = await makeSchedule(api, 'late');
  now = NOON + HOUR;
  const answer = await api.call('POST', path(id), {
    body: { kind: 'add', person: 'lea', from: at(12), to: at(14) },
  });
  expect(answer.body['from']).toBe(at(13));
  expect(await onCallAt(id, 12.5)).toEqual(['ann']);
});

test('an override that is withdrawn while it stands ends then', async () => {
  const id = await makeSchedule(api, 'withdrawn');
  const made = await override(id, { kind: 'add', person: 'lea' });
  now = NOON + 7 * HOUR;
  const gone = await api.call('DELETE', `${path(id)}/${made}`);
  expect([gone.status, gone.body['to'], gone.body['withdrawnAt']]).toEqual([200, at(19), at(19)]);
  expect(await onCallAt(id, 18.5)).toEqual(['ann', 'lea']);
  expect(await onCallAt(id, 19)).toEqual(['ann']);
  expect((await api.call('DELETE', `${path(id)}/${made}`)).body).toEqual(gone.body);
});

test('an override that is withdrawn before it begins never was, and leaves room for another', async () => {
  const id = await makeSchedule(api, 'never');
  const made = await override(id, { kind: 'replace', person: 'lea', insteadOf: 'ann' });
  await api.call('DELETE', `${path(id)}/${made}`);
  expect(items(await api.call('GET', path(id)))).toEqual([]);
  await override(id, { kind: 'replace', person: 'bob', insteadOf: 'ann' });
  expect(await onCallAt(id, 19)).toEqual(['bob']);
});

test('a past override cannot be withdrawn', async () => {
  const id = await makeSchedule(api, 'past');
  const made = await override(id, { kind: 'add', person: 'lea' });
  now = NOON + 9 * HOUR;
  expect((await api.call('DELETE', `${path(id)}/${made}`)).status).toBe(409);
});

describe('people who are no managers', () => {
  test.each([
    ['take themselves off call', { kind: 'remove', person: 'ann' }, 201],
    ['put themselves on call', { kind: 'add', person: 'ann', from: at(40), to: at(41) }, 201],
    ['give their place to another', { kind: 'replace', person: 'bob', insteadOf: 'ann' }, 201],
    ["take another's place", { kind: 'replace', person: 'ann', insteadOf: 'bob' }, 403],
    ["take everybody's place", { kind: 'replace', person: 'ann' }, 403],
    ['take another off call', { kind: 'remove', person: 'bob' }, 403],
    ['put another on call', { kind: 'add', person: 'bob' }, 403],
  ])('%s: %j is %i', async (what, body, status) => {
    const id = await makeSchedule(api, what.replaceAll(/\W/g, '-'));
    const answer = await api.call('POST', path(id), { body: { ...evening, ...body }, key: ann });
    expect(answer.status).toBe(status);
  });

  test('withdraw what they made, and nothing else', async () => {
    const id = await makeSchedule(api, 'own');
    const hers = await override(id, { kind: 'remove', person: 'ann' }, ann);
    expect((await api.call('DELETE', `${path(id)}/${hers}`, { key: bob })).status).toBe(403);
    expect((await api.call('DELETE', `${path(id)}/${hers}`, { key: ann })).status).toBe(200);
  });
});

test.each([
  ['an end before its beginning', { from: at(20), to: at(18) }, '/to: must be later than "from"'],
  [
    'a time that is past',
    { from: at(8), to: at(9) },
    '/to: is past; only what is still to come can be overridden',
  ],
  [
    'somebody unknown',
    { person: 'zoe' },
    '/person: "zoe" is not among the policy\'s active people',
  ],
  [
    'a moment without a zone',
    { from: '2026-06-01T18:00' },
    '/from: must be a date and time such as 2026-11-23T09:00:00Z',
  ],
  [
    'a kind that is none',
    { kind: 'swap' },
    '/kind: must have the kind "add", "remove" or "replace"',
  ],
])('an override with %s is refused with the place', async (_fault, change, issue) => {
  const body = { kind: 'add', person: 'lea', ...evening, ...change };
  await makeSchedule(api, 'faulty').catch(() => undefined);
  const answer = await api.call('POST', path('faulty'), { body });
  expect([answer.status, faultsIn(answer)]).toEqual([422, [issue]]);
  expect(items(await api.call('GET', path('faulty')))).toEqual([]);
});

test('overrides are listed by pages, the latest made first, and audited', async () => {
  const id = await makeSchedule(api, 'listed');
  const made = [
    await override(id, { kind: 'add', person: 'lea' }),
    await override(id, { kind: 'add', person: 'bob' }),
  ];
  const first = await api.call('GET', `${path(id)}?limit=1`);
  expect(items(first)).toMatchObject([{ id: made[1], person: 'bob' }]);
  const second = await api.call(
    'GET',
    `${path(id)}?limit=1&cursor=${String(first.body['nextCursor'])}`,
  );
  expect(items(second)).toMatchObject([{ id: made[0], person: 'lea' }]);
  await api.call('DELETE', `${path(id)}/${made[0]!}`);
  expect(await auditedOf(api, id)).toEqual([
    'scheduleStored',
    'overrideMade',
    'overrideMade',
    'overrideWithdrawn',
  ]);
});
