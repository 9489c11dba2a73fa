import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
let key: string;
let now = Date.parse('2026-03-02T08:00:00Z');
beforeAll(async () => {
  api = await startApi(() => now);
  key = await api.key('prometheus', ['integration']);
});
afterAll(() => api.stop());
beforeEach(() => {
  now += 60_000;
});

const path = '/api/v1/intake/alertmanager';
let groups = 0;

interface Alert {
  readonly name: string;
  readonly status?: 'firing' | 'resolved';
  /** Minutes after eight. */
  readonly start?: number;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

function notification(
  group: string,
  alerts: readonly Alert[],
  more: Record<string, unknown> = {},
): object {
  return {
    version: '4',
    groupKey: group,
    truncatedAlerts: 0,
    status: alerts.some(({ status = 'firing' }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: 'provisor',
    groupLabels: { alertname: 'Latency' },
    commonLabels: { alertname: 'Latency', service: 'shop', severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts: alerts.map(({ name, status = 'firing', start = 0, labels = {}, annotations = {} }) => ({
      status,
      labels: {
        alertname: 'Latency',
        service: 'shop',
        severity: 'critical',
        instance: name,
        ...labels,
      },
      annotations: { summary: `${name} is slow`, ...annotations },
      startsAt: `2026-03-02T08:${String(start).padStart(2, '0')}:00.123456789Z`,
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-03-02T09:00:00Z',
      generatorURL: 'http://prometheus:9090/graph',
      fingerprint: name,
    })),
    ...more,
  };
}

function newGroup(): string {
  return `{}:{group="${++groups}"}`;
}

async function send(group: string, alerts: readonly Alert[], more?: Record<string, unknown>) {
  const answer = await api.call('POST', path, { key, body: notification(group, alerts, more) });
  expect(answer.status).toBe(200);
  return answer.body as { number: string | null; changed: boolean };
}

async function read(number: string | null) {
  const { body } = await api.call('GET', `/api/v1/incidents/${number!}`);
  return body as { state: string; seq: number; alerts: unknown; reopens: number } & Record<
    string,
    unknown
  >;
}

const web1 = { name: 'web-1' };
const web2 = { name: 'web-2' };
const over = (alert: Alert): Alert => ({ ...alert, status: 'resolved' });

describe('a group of alerts', () => {
  test('opens one incident with what the policy maps', async () => {
    const { number, changed } = await send(newGroup(), [web1, web2]);
    expect(changed).toBe(true);
    expect(await read(number)).toMatchObject({
      title: 'web-1 is slow',
      description:
        'firing: Latency instance=web-1 (web-1 is slow)\nfiring: Latency instance=web-2 (web-2 is slow)',
      service: 'shop',
      ci: 'web-1',
      impact: 1,
      urgency: 1,
      state: 'new',
      requester: 'prometheus',
      respondedAt: null,
      alerts: { firing: 2, resolved: 0 },
    });
  });

  test('repeated changes nothing but the count', async () => {
    const group = newGroup();
    const { number } = await send(group, [web1]);
    const before = await read(number);
    for (let i = 0; i < 3; i++)
      expect(await send(group, [web1])).toEqual({ number, changed: false });
    expect(await read(number)).toEqual(before);
    const { rows } = await api.pool.query(
      'select notifications from alert_groups where group_key = $1',
      [group],
    );
    expect(rows).toEqual([{ notifications: '4' }]);
  });

  test('sent fifty times at once opens one incident', async () => {
    const group = newGroup();
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(group, [web1])));
    expect(new Set(answers.map(({ number }) => number)).size).toBe(1);
    expect(answers.filter(({ changed }) => changed).length).toBe(1);
  });

  test('of which fifty different ones come at once is one incident', async () => {
    const group = newGroup();
    const alerts = Array.from({ length: 50 }, (_, n) => ({ name: `web-${n}` }));
    const answers = await Promise.all(alerts.map((alert) => send(group, [alert])));
    const [number, ...others] = new Set(answers.map((answer) => answer.number));
    expect(others).toEqual([]);
    expect(await read(number!)).toMatchObject({ alerts: { firing: 50, resolved: 0 } });
  });

  test('notes alerts that come and go, and is resolved with the last', async () => {
    const group = newGroup();
    const { number } = await send(group, [web1]);
    expect(await send(group, [web1, web2])).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({ state: 'new', alerts: { firing: 2, resolved: 0 } });
    await send(group, [over(web1), web2]);
    expect(await read(number)).toMatchObject({ state: 'new', alerts: { firing: 1, resolved: 1 } });
    await send(group, [over(web2)]);
    expect(await read(number)).toMatchObject({
      state: 'resolved',
      alerts: { firing: 0, resolved: 2 },
      resolutionCode: 'monitoring',
      resolutionNotes: 'All alerts of the group are resolved',
      respondedAt: null,
    });
    expect(await send(group, [over(web2)])).toEqual({ number, changed: false });
  });

  test('that fires again reopens its incident', async () => {
    const group = newGroup();
    const { number } = await send(group, [web1]);
    await send(group, [over(web1)]);
    expect(await send(group, [{ ...web1, start: 5 }])).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({
      state: 'new',
      reopens: 1,
      alerts: { firing: 1, resolved: 0 },
    });
  });

  test.each(['close', 'cancel'])('that fires after a %s opens a new incident', async (end) => {
    const group = newGroup();
    const first = await send(group, [web1]);
    if (end === 'close') await send(group, [over(web1)]);
    const body = end === 'cancel' ? { reason: 'a test' } : {};
    await api.call('POST', `/api/v1/incidents/${first.number!}/${end}`, { body });
    const second = await send(group, [{ ...web1, start: 5 }]);
    expect(second.changed).toBe(true);
    expect(second.number).not.toBe(first.number);
    expect(await read(second.number)).toMatchObject({
      state: 'new',
      alerts: { firing: 1, resolved: 0 },
    });
  });

  test('that fires after the incident closed by itself opens a new one', async () => {
    const group = newGroup();
    const first = await send(group, [web1]);
    await send(group, [over(web1)]);
    now += 6 * 24 * 3_600_000;
    // Nobody has looked at the record since: it is closed on this occasion.
    const second = await send(group, [{ ...web1, start: 5 }]);
    expect(second.number).not.toBe(first.number);
    expect(await send(group, [{ ...web1, start: 5 }])).toEqual({ ...second, changed: false });
  });

  test('that ends after its incident was closed by hand touches no record', async () => {
    const group = newGroup();
    const { number } = await send(group, [web1]);
    await api.call('POST', `/api/v1/incidents/${number!}/cancel`, { body: { reason: 'a test' } });
    const before = await read(number);
    expect(await send(group, [over(web1)])).toEqual({ number, changed: false });
    expect(await read(number)).toEqual(before);
  });
});

describe('out of order', () => {
  test('an end that comes before the beginning opens nothing, nor does the beginning then', async () => {
    const group = newGroup();
    expect(await send(group, [over(web1)])).toEqual({ number: null, changed: false });
    expect(await send(group, [web1])).toEqual({ number: null, changed: false });
    expect((await send(group, [{ ...web1, start: 5 }])).number).not.toBeNull();
  });

  test('a late notice of what is over does not fire it again', async () => {
    const group = newGroup();
    const { number } = await send(group, [web1]);
    await send(group, [over(web1)]);
    expect(await send(group, [web1])).toEqual({ number, changed: false });
    expect(await read(number)).toMatchObject({ state: 'resolved' });
  });

  test('a notice with an older start changes nothing', async () => {
    const group = newGroup();
    const { number } = await send(group, [{ ...web1, start: 5 }]);
    expect(await send(group, [over({ ...web1, start: 1 })])).toEqual({ number, changed: false });
    expect(await read(number)).toMatchObject({ state: 'new' });
  });
});

describe('truncated', () => {
  test('alerts that were left out are never taken as resolved', async () => {
    const group = newGroup();
    const { number } = await send(group, [web1], { truncatedAlerts: 3 });
    await send(group, [over(web1)], { truncatedAlerts: 3 });
    expect(await read(number)).toMatchObject({ state: 'new', alerts: { firing: 0, resolved: 1 } });
  });
});

describe('what does not fit', () => {
  test.each<[string, Alert, Record<string, unknown>, Record<string, unknown>]>([
    [
      'an unknown service',
      { name: 'a', labels: { service: 'nowhere' } },
      { commonLabels: {} },
      { service: 'shop' },
    ],
    [
      'a service named like a method',
      { name: 'a', labels: { service: 'toString' } },
      { commonLabels: {} },
      { service: 'shop' },
    ],
    [
      'an unknown severity',
      { name: 'a', labels: { severity: 'page' } },
      {},
      { impact: 3, urgency: 3 },
    ],
    ['an item that is no name', { name: '<b>"web"\n' }, {}, { ci: 'b--web-' }],
    ['an item of signs only', { name: '***' }, {}, { ci: null }],
    ['no summary', { name: 'a', annotations: { summary: '' } }, {}, { title: 'Latency' }],
    [
      'a summary without end',
      { name: 'a', annotations: { summary: '🔥'.repeat(300) } },
      {},
      { title: `${'🔥'.repeat(99)}…` },
    ],
  ])('%s is made to fit', async (_what, alert, more, expected) => {
    const { number } = await send(newGroup(), [alert], more);
    expect(await read(number)).toMatchObject(expected);
  });

  test('the most severe alert decides', async () => {
    const warning = { name: 'a', labels: { severity: 'warning' } };
    const { number } = await send(newGroup(), [warning, { name: 'b' }]);
    expect(await read(number)).toMatchObject({ impact: 1, urgency: 1 });
  });

  test('fields that we do not know are let pass', async () => {
    const { number } = await send(newGroup(), [web1], { alertmanagerCluster: { peers: 3 } });
    expect(number).not.toBeNull();
  });
});

describe('who may', () => {
  const good = notification('refused', [web1]);

  test('almost 2 MiB are taken', async () => {
    const { number } = await send(newGroup(), [web1], { receiver: 'x'.repeat(2_000_000) });
    expect(number).not.toBeNull();
  });

  test.each(['requester', 'agent', 'resolver', 'manager'] as const)('not a %s', async (role) => {
    const person = await api.key('bob', [role]);
    expect((await api.call('POST', path, { key: person, body: good })).status).toBe(403);
    const { rows } = await api.pool.query("select 1 from alert_groups where group_key = 'refused'");
    expect(rows).toEqual([]);
  });

  test('but an admin, who then is no person that answered', async () => {
    const group = newGroup();
    const first = await api.call('POST', path, { body: notification(group, [web1]) });
    await api.call('POST', path, { body: notification(group, [over(web1)]) });
    expect(await read(String(first.body['number']))).toMatchObject({
      state: 'resolved',
      answeredAt: null,
    });
  });
});

test('groups of two integrations are two groups', async () => {
  const group = newGroup();
  const first = await send(group, [web1]);
  const other = await api.key('grafana', ['integration']);
  const second = await api.call('POST', path, { key: other, body: notification(group, [web1]) });
  expect(second.body['number']).not.toBe(first.number);
});
