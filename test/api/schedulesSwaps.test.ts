import { startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';
import { auditedOf, faultsIn, items, makeSchedule, NOON, onCallIn } from './schedulesSupport.ts';

let api: TestApi;
let now = NOON;
let ann: string;
let bob: string;
beforeAll(async () => {
  api = await startApi(() => now);
  ann = await api.key('ann', ['resolver']);
  bob = await api.key('bob', ['agent']);
});
beforeEach(() => {
  now = NOON;
});
afterAll(() => api.stop());

const path = (id: string) => `/api/v1/schedules/${id}/swaps`;
const day = (date: number) => `2026-06-${String(date).padStart(2, '0')}T12:00:00.000Z`;
/** Ann has it. */
const third = { from: day(3), to: day(4) };
/** Bob has it. */
const fourth = { from: day(4), to: day(5) };

const onCallOn = async (id: string, date: number) =>
  onCallIn(await api.call('GET', `/api/v1/schedules/${id}/on-call?at=${day(date)}`));

/** Ann asks Bob to take her shift. @returns its id */
async function ask(id: string, more: object = {}): Promise<string> {
  const answer = await api.call('POST', path(id), {
    body: { to: 'bob', shift: third, ...more },
    key: ann,
  });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return String(answer.body['id']);
}

const give = (swap: string, command: string, key: string, headers = {}): Promise<Answer> =>
  api.call('POST', `/api/v1/swaps/${swap}/${command}`, { key, headers });

test('a swap that is accepted changes both shifts at once', async () => {
  const id = await makeSchedule(api, 'accepted');
  const swap = await ask(id, { forShift: fourth });
  expect([await onCallOn(id, 3), await onCallOn(id, 4)]).toEqual([['ann'], ['bob']]);
  const accepted = await give(swap, 'accept', bob);
  expect([accepted.status, accepted.body['state'], accepted.body['allowed']]).toEqual([
    200,
    'accepted',
    [],
  ]);
  expect([await onCallOn(id, 3), await onCallOn(id, 4)]).toEqual([['bob'], ['ann']]);
});

test('a swap is asked of somebody, who alone accepts or declines; who asked withdraws', async () => {
  const id = await makeSchedule(api, 'who');
  const swap = await ask(id);
  const allowed = async (key: string) =>
    (await api.call('GET', `/api/v1/swaps/${swap}`, { key })).body['allowed'];
  expect(await allowed(bob)).toEqual(['accept', 'decline']);
  expect(await allowed(ann)).toEqual(['withdraw']);
  expect((await give(swap, 'accept', ann)).status).toBe(409);
  expect((await give(swap, 'withdraw', bob)).status).toBe(409);
  expect((await give(swap, 'withdraw', ann)).body['state']).toBe('withdrawn');
});

test.each(['decline', 'withdraw'] as const)('%s leaves the shifts as they are', async (command) => {
  const id = await makeSchedule(api, command);
  const swap = await ask(id);
  await give(swap, command, command === 'decline' ? bob : ann);
  expect(await onCallOn(id, 3)).toEqual(['ann']);
});

test('a swap is answered once, whoever answers at the same time', async () => {
  const id = await makeSchedule(api, 'race');
  const swap = await ask(id);
  const answers = await Promise.all([
    give(swap, 'accept', bob),
    give(swap, 'decline', bob),
    give(swap, 'withdraw', ann),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test('an acceptance that is repeated with its key is the same answer', async () => {
  const id = await makeSchedule(api, 'repeated');
  const swap = await ask(id);
  const key = { 'idempotency-key': 'accept-once' };
  const [first, second] = [
    await give(swap, 'accept', bob, key),
    await give(swap, 'accept', bob, key),
  ];
  expect([second.status, second.body]).toEqual([200, first.body]);
  const overrides = items(await api.call('GET', `/api/v1/schedules/${id}/overrides`));
  expect(overrides).toMatchObject([{ kind: 'replace', person: 'bob', insteadOf: 'ann', swap }]);
});

test('shifts that have changed since are not handed over', async () => {
  const id = await makeSchedule(api, 'moved');
  const swap = await ask(id);
  await api.call('POST', `/api/v1/schedules/${id}/overrides`, {
    body: { kind: 'replace', person: 'lea', insteadOf: 'ann', ...third },
  });
  const refused = await give(swap, 'accept', bob);
  expect([refused.status, refused.body['detail']]).toEqual([
    409,
    'the shifts of ann are no longer as they were when it was asked; ask for another swap',
  ]);
  expect(await onCallOn(id, 3)).toEqual(['lea']);
});

test('what was swapped is not undone by one of the two alone', async () => {
  const id = await makeSchedule(api, 'agreed');
  await give(await ask(id), 'accept', bob);
  const [override] = items(await api.call('GET', `/api/v1/schedules/${id}/overrides`));
  const at = `/api/v1/schedules/${id}/overrides/${String(override!['id'])}`;
  expect((await api.call('DELETE', at, { key: bob })).status).toBe(403);
  expect((await api.call('DELETE', at)).status).toBe(200);
});

test('a swap that nobody answered expires with its shifts', async () => {
  const id = await makeSchedule(api, 'expired');
  const swap = await ask(id);
  now = Date.parse(third.to);
  const read = await api.call('GET', `/api/v1/swaps/${swap}`, { key: bob });
  expect([read.body['state'], read.body['allowed']]).toEqual(['expired', []]);
  expect((await give(swap, 'accept', bob)).status).toBe(409);
});

test.each([
  ['with oneself', { to: 'ann' }, '/to: must be somebody else'],
  [
    'of a time at which one is not on call',
    { shift: fourth },
    '/shift: ann is not on call in this time',
  ],
  [
    'of what is past',
    { shift: { from: day(1), to: '2026-06-01T12:00:00Z' } },
    '/shift/to: must be later than "from"',
  ],
  ['with somebody unknown', { to: 'zoe' }, '/to: "zoe" is not among the policy\'s active people'],
])('a swap %s is refused with the place', async (_what, change, issue) => {
  await makeSchedule(api, 'faulty').catch(() => undefined);
  const answer = await api.call('POST', path('faulty'), {
    body: { to: 'bob', shift: third, ...change },
    key: ann,
  });
  expect([answer.status, faultsIn(answer)]).toEqual([422, [issue]]);
});

test('the shifts of others are swapped by managers alone', async () => {
  const id = await makeSchedule(api, 'others');
  const body = { by: 'bob', to: 'ann', shift: fourth };
  expect((await api.call('POST', path(id), { body, key: ann })).status).toBe(403);
  expect((await api.call('POST', path(id), { body })).status).toBe(201);
});

test('swaps are listed by pages, the latest first, and audited', async () => {
  const id = await makeSchedule(api, 'listed');
  const first = await ask(id);
  now = NOON + 1_000;
  const second = await ask(id, { shift: { from: day(5), to: day(6) } });
  const page = await api.call('GET', `${path(id)}?limit=1`, { key: bob });
  expect(items(page)).toMatchObject([{ id: second, allowed: ['accept', 'decline'] }]);
  const next = await api.call(
    'GET',
    `${path(id)}?limit=1&cursor=${String(page.body['nextCursor'])}`,
  );
  expect(items(next)).toMatchObject([{ id: first }]);
  await give(first, 'decline', bob);
  expect(await auditedOf(api, id)).toEqual([
    'scheduleStored',
    'swapAsked',
    'swapAsked',
    'swapAnswered',
  ]);
});
