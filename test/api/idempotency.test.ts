import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const incidents = '/api/v1/incidents';
const body = { title: 'Shop down', impact: 1, urgency: 1 };
const withKey = (key: string) => ({ 'idempotency-key': key });

async function count(table: 'records' | 'events'): Promise<number> {
  const { rows } = await api.pool.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]!.count);
}

test('the same key opens once and gets the same answer, also after the record went on', async () => {
  const first = await api.call('POST', incidents, { body, headers: withKey('open-1') });
  await api.call('POST', `${incidents}/${String(first.body['number'])}/acknowledge`);
  const before = await count('events');
  const again = await api.call('POST', incidents, { body, headers: withKey('open-1') });
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(again.headers.get('etag')).toBe('"1"');
  expect(await count('events')).toBe(before);
});

test('the same key twenty times at once opens once', async () => {
  const before = await count('records');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      api.call('POST', incidents, { body, headers: withKey('open-2') }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map((answer) => answer.body['number'])).size).toBe(1);
  expect(await count('records')).toBe(before + 1);
});

test('the same key for another body is refused', async () => {
  await api.call('POST', incidents, { body, headers: withKey('open-3') });
  const other = { ...body, title: 'Another' };
  const answer = await api.call('POST', incidents, { body: other, headers: withKey('open-3') });
  expect([answer.status, answer.body['type']]).toEqual([422, 'urn:provisor:problem:keyReused']);
});

test('the order of fields does not matter', async () => {
  const first = await api.call('POST', incidents, { body, headers: withKey('open-4') });
  const turned = { urgency: 1, impact: 1, title: 'Shop down' };
  const again = await api.call('POST', incidents, { body: turned, headers: withKey('open-4') });
  expect(again.body['number']).toBe(first.body['number']);
});

test('keys of different callers have nothing to do with each other', async () => {
  const ann = await api.key('ann', ['agent']);
  const first = await api.call('POST', incidents, { body, headers: withKey('open-5') });
  const second = await api.call('POST', incidents, { key: ann, body, headers: withKey('open-5') });
  expect(second.body['number']).not.toBe(first.body['number']);
});

test('a command is given once, also when its answer asks for an older version', async () => {
  const number = await api.open();
  const headers = { ...withKey('comment-1'), 'if-match': '"1"' };
  const say = () =>
    api.call('POST', `${incidents}/${number}/comment`, { body: { text: 'once' }, headers });
  const first = await say();
  const again = await say();
  expect([first.status, again.status]).toEqual([200, 200]);
  expect(again.body).toEqual(first.body);
  expect((await api.call('GET', `${incidents}/${number}`)).body['seq']).toBe(2);
});

test('a refusal is not remembered: the key is free for a better try', async () => {
  const number = await api.open();
  const headers = withKey('assign-1');
  const assign = (team: string) =>
    api.call('POST', `${incidents}/${number}/assign`, { body: { team }, headers });
  expect((await assign('nowhere')).status).toBe(422);
  expect((await assign('operations')).status).toBe(200);
});
