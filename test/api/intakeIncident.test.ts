import { usePolicy } from '../helpers/database.ts';
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
const HOUR = 3_600_000;
let groups = 0;
const newGroup = (): string => `group-${++groups}`;

interface Taken {
  readonly number: string;
  readonly changed: boolean;
}

async function send(
  group: string,
  status: 'firing' | 'resolved',
  { start = 0, truncatedAlerts = 0, fingerprint = 'a', severity = 'warning' } = {},
): Promise<Taken> {
  const alert = {
    status,
    labels: { alertname: 'Latency', service: 'shop', severity },
    startsAt: new Date(Date.parse('2026-03-02T08:00:00Z') + start * 60_000).toISOString(),
    fingerprint,
  };
  const body = { version: '4', groupKey: group, status, truncatedAlerts, alerts: [alert] };
  const answer = await api.call('POST', path, { key, body });
  expect(answer.status).toBe(200);
  return answer.body as unknown as Taken;
}

async function read(number: string): Promise<Record<string, unknown>> {
  return (await api.call('GET', `/api/v1/incidents/${number}`)).body;
}

async function command(number: string, name: string, body: object = {}): Promise<void> {
  const answer = await api.call('POST', `/api/v1/incidents/${number}/${name}`, { body });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

describe('when all alerts are over while a person works on the incident, it is only noted:', () => {
  test.each<[string, string, (number: string) => Promise<void>]>([
    ['in progress', 'inProgress', (number) => command(number, 'start')],
    [
      'assigned and answered',
      'assigned',
      async (number) => {
        await command(number, 'acknowledge');
        await command(number, 'assign', { assignee: 'ann' });
      },
    ],
    [
      'on hold by who works on it',
      'onHold',
      async (number) => {
        await command(number, 'start');
        await command(number, 'hold', { reason: 'supplier' });
      },
    ],
  ])('%s', async (_what, state, work) => {
    const group = newGroup();
    const { number } = await send(group, 'firing');
    await work(number);
    expect(await send(group, 'resolved')).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({ state, alerts: { firing: 0, resolved: 1 } });
    const { body } = await api.call('GET', `/api/v1/incidents/${number}/timeline`);
    expect(JSON.stringify(body)).toContain('Somebody works on it, so it stays open');
  });
});

test.each<[string, (number: string) => Promise<void>]>([
  ['assigned to somebody who has not answered', (n) => command(n, 'assign', { assignee: 'ann' })],
  ['acknowledged, and nobody has it', (n) => command(n, 'acknowledge')],
])('an incident that is %s is resolved with its alerts', async (_what, work) => {
  const group = newGroup();
  const { number } = await send(group, 'firing');
  await work(number);
  await send(group, 'resolved');
  expect(await read(number)).toMatchObject({ state: 'resolved' });
});

test('the end of work in progress is not undone by a repeat of the end', async () => {
  const group = newGroup();
  const { number } = await send(group, 'firing');
  await command(number, 'start');
  await send(group, 'resolved');
  const before = await read(number);
  expect(await send(group, 'resolved')).toEqual({ number, changed: false });
  expect(await read(number)).toEqual(before);
});

test('alerts left out once are resolved by a later notification that leaves out none', async () => {
  const group = newGroup();
  const { number } = await send(group, 'firing', { truncatedAlerts: 1 });
  await send(group, 'resolved', { truncatedAlerts: 1 });
  expect(await read(number)).toMatchObject({ state: 'new' });
  await send(group, 'resolved', { fingerprint: 'b' });
  expect(await read(number)).toMatchObject({ state: 'resolved' });
});

describe('a group that fires again', () => {
  test('up to the policy’s period after the end reopens its incident', async () => {
    const group = newGroup();
    const { number } = await send(group, 'firing');
    await send(group, 'resolved');
    now += 24 * HOUR;
    expect(await send(group, 'firing', { start: 5 })).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({ state: 'new', reopens: 1, follows: null });
  });

  test('later opens one that follows it, and the old one stays as it is', async () => {
    const group = newGroup();
    const first = await send(group, 'firing');
    await send(group, 'resolved');
    const before = await read(first.number);
    now += 24 * HOUR + 1;
    const second = await send(group, 'firing', { start: 5 });
    expect(second).toEqual({ number: expect.any(String) as string, changed: true });
    expect(await read(second.number)).toMatchObject({ state: 'new', follows: first.number });
    expect(await read(first.number)).toEqual(before);
  });

  test('after its incident was cancelled opens one that follows it', async () => {
    const group = newGroup();
    const first = await send(group, 'firing');
    await command(first.number, 'cancel', { reason: 'a test' });
    const second = await send(group, 'firing', { start: 5 });
    expect(await read(second.number)).toMatchObject({ follows: first.number });
  });

  test('in one transaction: nothing is left of a notification that failed half-way', async () => {
    const group = newGroup();
    await api.pool.query(
      'alter table alert_groups add constraint full_now check (number is null) not valid',
    );
    const alert = {
      status: 'firing',
      labels: {},
      startsAt: '2026-03-02T08:00:00Z',
      fingerprint: 'a',
    };
    const body = { version: '4', groupKey: group, status: 'firing', alerts: [alert] };
    const { rows: before } = await api.pool.query('select count(*) from records');
    expect((await api.call('POST', path, { key, body })).status).toBe(500);
    await api.pool.query('alter table alert_groups drop constraint full_now');
    expect((await api.pool.query('select count(*) from records')).rows).toEqual(before);
    expect((await send(group, 'firing')).changed).toBe(true);
  });
});

describe('while its incident is open, an alert that begins to fire', () => {
  const later = { fingerprint: 'b', start: 1 };

  test('raises the incident when it is more severe, and explain says why', async () => {
    const group = newGroup();
    const { number } = await send(group, 'firing');
    expect(await send(group, 'firing', { ...later, severity: 'critical' })).toEqual({
      number,
      changed: true,
    });
    expect(await read(number)).toMatchObject({ impact: 1, urgency: 1, priority: 1 });
    const { body } = await api.call('GET', `/api/v1/incidents/${number}/explain`);
    const said = (body['items'] as { sentence: string }[]).map(({ sentence }) => sentence);
    expect(said).toContainEqual(
      expect.stringContaining('Impact 1: severity critical in alertmanager.severities.critical'),
    );
  });

  test('raises it once, and never lowers it', async () => {
    const group = newGroup();
    const { number } = await send(group, 'firing');
    await send(group, 'firing', { ...later, severity: 'critical' });
    const before = await read(number);
    const repeat = await send(group, 'firing', { ...later, severity: 'critical' });
    expect(repeat).toEqual({ number, changed: false });
    expect(await read(number)).toEqual(before);
    await send(group, 'firing', { fingerprint: 'c', start: 2 });
    expect(await read(number)).toMatchObject({ impact: 1, urgency: 1 });
  });
});

describe('alerts that fire on after a person resolved their incident', () => {
  const resolution = { code: 'fixed', notes: 'Restarted' };

  test('are silent until the policy’s time is over, then reopen it once', async () => {
    const group = newGroup();
    const { number } = await send(group, 'firing');
    await command(number, 'resolve', resolution);
    now += 4 * HOUR - 1;
    expect(await send(group, 'firing')).toEqual({ number, changed: false });
    expect(await read(number)).toMatchObject({ state: 'resolved' });
    now += 1;
    expect(await send(group, 'firing')).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({ state: 'new', reopens: 1 });
    expect(await send(group, 'firing')).toEqual({ number, changed: false });
  });

  test('open one that follows it once it is closed', async () => {
    const group = newGroup();
    const first = await send(group, 'firing');
    await command(first.number, 'resolve', resolution);
    await command(first.number, 'close');
    now += 4 * HOUR;
    const second = await send(group, 'firing');
    expect(await read(second.number)).toMatchObject({
      follows: first.number,
      alerts: { firing: 1, resolved: 0 },
    });
  });

  test('are silent for good once it is cancelled: somebody said that there is nothing', async () => {
    const group = newGroup();
    const { number } = await send(group, 'firing');
    await command(number, 'cancel', { reason: 'a test' });
    now += 48 * HOUR;
    expect(await send(group, 'firing')).toEqual({ number, changed: false });
  });
});

test('with a policy that says so, the end of the alerts also ends work in progress', async () => {
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    alertmanager: { ...policy.alertmanager, resolvesWorkInProgress: true },
  }));
  const group = newGroup();
  const { number } = await send(group, 'firing');
  await command(number, 'start');
  await send(group, 'resolved');
  expect(await read(number)).toMatchObject({ state: 'resolved' });
});
