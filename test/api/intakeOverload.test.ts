import { once } from 'node:events';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';
import { until } from '../helpers/system.ts';

/** As many deliveries as the intake works on at a time. */
const ROOM = 128;

const path = '/api/v1/intake/alertmanager';
const body = JSON.stringify({
  version: '4',
  groupKey: 'one group',
  truncatedAlerts: 0,
  status: 'firing',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'Latency', service: 'shop' },
      annotations: {},
      startsAt: '2026-03-02T08:00:00Z',
      fingerprint: 'a',
    },
  ],
});

let api: TestApi;
let key: string;
beforeEach(async () => {
  api = await startApi();
  key = await api.key('prometheus', ['integration']);
});
afterEach(() => api.stop());

const deliver = (): Promise<Answer> => api.call('POST', path, { key, raw: body });

/** A delivery of which the intake has the first byte only. */
function begin(): ClientRequest {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const sent = request(`${api.url}${path}`, { method: 'POST', headers, agent: false });
  sent.on('error', () => undefined);
  sent.write(body.slice(0, 1));
  return sent;
}

/** Deliveries that take all the room there is; the answer to one more. */
async function fill(): Promise<{ held: ClientRequest[]; refused: Answer }> {
  const held = Array.from({ length: ROOM }, begin);
  const refused = await until('a full house', async () => {
    const answer = await deliver();
    return answer.status === 503 && answer;
  });
  return { held, refused };
}

async function finish(sent: ClientRequest): Promise<number | undefined> {
  sent.end(body.slice(1));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('with all the room taken a delivery is answered 503 with Retry-After, so that Alertmanager comes again', async () => {
  const { held, refused } = await fill();
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(refused.body).toMatchObject({
    type: 'urn:provisor:problem:unavailable',
    detail: `more than ${ROOM} requests are under way here: repeat it a little later`,
  });
  expect(await Promise.all(held.map(finish))).toEqual(held.map(() => 200));
  const { rows } = await api.pool.query('select number from records');
  expect(rows).toHaveLength(1);
});

test('the desk works on meanwhile', async () => {
  const { held } = await fill();
  await api.open();
  expect((await api.call('GET', '/readyz')).status).toBe(200);
  for (const sent of held) sent.destroy();
});

function breakOff(sent: ClientRequest): Promise<void> {
  sent.destroy();
  return Promise.resolve();
}

test.each<[string, (sent: ClientRequest) => Promise<unknown>]>([
  ['is whole', finish],
  ['was broken off', breakOff],
])('one that %s leaves its place to the next', async (_what, end) => {
  const { held } = await fill();
  const [first, ...others] = held;
  await end(first!);
  await until('a place', async () => (await deliver()).status === 200);
  for (const sent of others) sent.destroy();
});
