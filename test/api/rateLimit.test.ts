import { startApi } from './support.ts';
import type { Answer, Call, TestApi } from './support.ts';

const limits = { callsPerMinute: 5, failuresPerMinute: 3 };
const nobody = `prv_${'x'.repeat(43)}`;

let api: TestApi;
beforeEach(async () => {
  api = await startApi(undefined, { rateLimits: limits, trustedProxies: ['127.0.0.0/8'] });
});
afterEach(() => api.stop());

async function times(count: number, path: string, call: Call = {}): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < count) answers.push(await api.call('GET', path, call));
  return answers;
}

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);

test('a caller is told what is left, and refused one call too many, over all their keys', async () => {
  const keys = [await api.key('ann', ['resolver']), await api.key('ann', ['manager'])];
  const answers = [
    ...(await times(3, '/api/v1/me', { key: keys[0]! })),
    ...(await times(3, '/api/v1/me', { key: keys[1]! })),
  ];
  expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"calls";q=5;w=60');
  expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"calls";r=4;t=\d+$/);
  const refused = answers[5]!;
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
  expect(refused.body).toMatchObject({ type: 'urn:provisor:problem:tooMany', status: 429 });
  expect(refused.headers.get('ratelimit')).toMatch(/^"calls";r=0;t=\d+$/);
  const wait = Number(refused.headers.get('retry-after'));
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(60);
});

test('one caller does not use up what another has', async () => {
  await times(6, '/api/v1/me', { key: await api.key('ann', ['resolver']) });
  const other = await times(1, '/api/v1/me', { key: await api.key('bob', ['resolver']) });
  expect(statuses(other)).toEqual([200]);
});

test('a storm of alerts is not refused, and does not use up the calls of its key', async () => {
  const key = await api.key('prometheus', ['integration']);
  const alert = {
    status: 'firing',
    labels: {},
    startsAt: '2026-03-02T08:00:00Z',
    fingerprint: 'a',
  };
  const body = { version: '4', groupKey: 'g', status: 'firing', alerts: [alert] };
  for (let sent = 0; sent < 8; sent += 1) {
    const answer = await api.call('POST', '/api/v1/intake/alertmanager', { key, body });
    expect(answer.status).toBe(200);
  }
  expect(statuses(await times(1, '/api/v1/me', { key }))).toEqual([200]);
});

describe('an address that failed too often', () => {
  const from = (address: string): Call => ({ headers: { 'x-forwarded-for': address } });
  const failing = (address: string): Call => ({ ...from(address), key: nobody });

  test('is told to wait instead of why, and so is no other address', async () => {
    const failed = await times(4, '/api/v1/me', failing('192.0.2.1'));
    expect(statuses(failed)).toEqual([401, 401, 401, 429]);
    expect(Number(failed[3]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(statuses(await times(1, '/api/v1/me', failing('192.0.2.2')))).toEqual([401]);
  });

  test('is still served with a valid key: one wrong key does not shut out a whole office', async () => {
    await times(4, '/api/v1/me', failing('192.0.2.1'));
    expect(statuses(await times(1, '/api/v1/me', from('192.0.2.1')))).toEqual([200]);
    const alert = { ...from('192.0.2.1'), body: {} };
    expect((await api.call('POST', '/api/v1/intake/alertmanager', alert)).status).toBe(200);
  });

  test('counts failures at the intake too, and what is refused for another reason does not', async () => {
    await times(4, '/api/v1/incidents/INC-9', from('192.0.2.3'));
    for (let sent = 0; sent < 3; sent += 1) {
      await api.call('POST', '/api/v1/intake/alertmanager', { ...failing('192.0.2.4'), body: {} });
    }
    expect(statuses(await times(1, '/api/v1/me', from('192.0.2.3')))).toEqual([200]);
    expect(statuses(await times(1, '/api/v1/me', failing('192.0.2.4')))).toEqual([429]);
  });
});
