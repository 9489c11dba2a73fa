import { request, Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { json } from 'node:stream/consumers';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

const NOTIFICATIONS = 10_000;
const AT_ONCE = 64;
/** Servers that the group's alerts are about. */
const SERVERS = 12;
/** How often the alert of each server fires; all but the last of these end. */
const TIMES = 4;

const start = Date.parse('2026-03-02T08:00:00Z');

interface Notice {
  readonly server: number;
  /** Which of the times that it fires. */
  readonly time: number;
  readonly firing: boolean;
}

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startApi(() => start + 3_600_000);
  key = await api.key('prometheus', ['integration']);
});
afterAll(() => api.stop());

/** Numbers that look random and are the same in each run (a linear congruence, Numerical Recipes). */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}
const random = numbers(7);
const below = (limit: number): number => Math.floor(random.next().value * limit);

function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [all[last], all[other]] = [all[other] as T, all[last] as T];
  }
  return all;
}

/** What the alert of a server ever did, in order: it fires, ends, fires … and fires in the end. */
function noticesOf(server: number): Notice[] {
  return Array.from({ length: 2 * TIMES - 1 }, (_, nth) => ({
    server,
    time: Math.floor(nth / 2),
    firing: nth % 2 === 0,
  }));
}

function notification(group: readonly Notice[]): string {
  return JSON.stringify({
    version: '4',
    groupKey: '{}:{alertname="Latency"}',
    truncatedAlerts: 0,
    status: group.some(({ firing }) => firing) ? 'firing' : 'resolved',
    groupLabels: { alertname: 'Latency' },
    commonLabels: { alertname: 'Latency', service: 'shop', severity: 'critical' },
    commonAnnotations: {},
    alerts: group.map(({ server, time, firing }) => ({
      status: firing ? 'firing' : 'resolved',
      labels: { alertname: 'Latency', service: 'shop', instance: `web-${server}` },
      annotations: { summary: `web-${server} is slow` },
      startsAt: new Date(start + time * 60_000).toISOString(),
      fingerprint: `web-${server}`,
    })),
  });
}

/** Each notice at least once, most many times, several in a notification, in no order. */
function storm(): string[] {
  const notices = Array.from({ length: SERVERS }, (_, server) => noticesOf(server)).flat();
  const rest = Array.from({ length: NOTIFICATIONS - notices.length }, () => {
    const servers = shuffled(Array.from({ length: SERVERS }, (_, server) => server));
    return servers.slice(0, 1 + below(4)).map((server) => noticesOf(server)[below(2 * TIMES - 1)]!);
  });
  return shuffled([...notices.map((notice) => [notice]), ...rest]).map(notification);
}

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
afterAll(() => {
  agent.destroy();
});

function post(body: string): Promise<{ status: number; body: unknown; retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const url = `${api.url}/api/v1/intake/alertmanager`;
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      const retryAfter = Number(answered['retry-after'] ?? 0);
      json(response).then((answer) => {
        resolve({ status, body: answer, retryAfter });
      }, reject);
    });
    sent.on('error', reject).end(body);
  });
}

/** As Alertmanager does: what is answered 503 is sent again. @returns what it was answered in the end */
async function deliver(body: string): Promise<{ number: string | null }> {
  for (;;) {
    const { status, body: answer, retryAfter } = await post(body);
    if (status === 200) return answer as { number: string | null };
    if (status !== 503) throw new Error(`${status}: ${JSON.stringify(answer)}`);
    await sleep(retryAfter * 1_000);
  }
}

async function deliverAll(bodies: readonly string[]): Promise<(string | null)[]> {
  const left = bodies.values();
  const answers: (string | null)[] = [];
  const sender = async (): Promise<void> => {
    for (const body of left) answers.push((await deliver(body)).number);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return answers;
}

test('ten thousand notifications of one group, several alerts, repeated, out of order and 64 at once, are one incident that knows how each alert stands', async () => {
  const answers = await deliverAll(storm());
  expect(answers).toHaveLength(NOTIFICATIONS);
  const { body: list } = await api.call('GET', '/api/v1/incidents');
  const incidents = list['items'] as { number: string }[];
  expect(incidents).toMatchObject([{ state: 'new', alerts: { firing: SERVERS, resolved: 0 } }]);
  // Null: an end that came before anything had fired, which opens nothing.
  expect(new Set(answers.filter((number) => number !== null))).toEqual(
    new Set(incidents.map(({ number }) => number)),
  );
  const { rows } = await api.pool.query('select notifications from alert_groups');
  expect(rows).toEqual([{ notifications: String(NOTIFICATIONS) }]);
  const { rows: kept } = await api.pool.query('select 1 from intake_kept');
  expect(kept).toEqual([]);
}, 240_000);
