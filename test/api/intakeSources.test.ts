import type { PolicyInput } from '../../domain/policy.ts';
import { applyPolicy } from '../../records/policies.ts';
import { testPolicy } from '../helpers/policy.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

const policy: PolicyInput = {
  ...testPolicy,
  intake: {
    mappings: {
      kuma: {
        groupKey: '{/monitor/id}',
        title: '{/monitor/name} is down',
        service: '{/monitor/service}',
        link: '{/monitor/url}',
        alert: {
          status: { of: '{/up}', firing: ['false'], resolved: ['true'], ignored: ['paused'] },
          severity: { of: '{/level}', names: { P1: 'critical' } },
          text: '{/message}',
        },
      },
    },
  },
};

let api: TestApi;
let key: string;
let now = Date.parse('2026-03-02T08:00:00Z');
beforeAll(async () => {
  api = await startApi(() => now);
  const actor = { kind: 'person', id: 'admin', roles: ['admin'], organisation: 'main' } as const;
  expect(await applyPolicy(api.pool, policy, actor, now)).toMatchObject({ ok: true });
  key = await api.key('monitors', ['integration']);
});
afterAll(() => api.stop());
beforeEach(() => {
  now += 60_000;
});

interface Taken {
  readonly number: string | null;
  readonly changed: boolean;
  readonly kept?: string;
}

async function send(source: string, body: unknown): Promise<Taken> {
  const answer = await api.call('POST', `/api/v1/intake/${source}`, { key, body });
  expect(answer.status).toBe(200);
  return answer.body as unknown as Taken;
}

async function read(number: string | null): Promise<Record<string, unknown>> {
  return (await api.call('GET', `/api/v1/incidents/${number!}`)).body;
}

async function count(): Promise<number> {
  const { rows } = await api.pool.query<{ count: number }>(
    'select (select count(*) from records)::int + (select count(*) from intake_kept)::int as count',
  );
  return rows[0]!.count;
}

describe('Grafana', () => {
  /** As Grafana 12 sends it. */
  const payload = (change: Record<string, unknown> = {}, alert: Record<string, unknown> = {}) => ({
    receiver: 'provisor',
    status: 'firing',
    alerts: [
      {
        status: 'firing',
        labels: {
          alertname: 'Latency',
          severity: 'critical',
          service: 'shop',
          grafana_folder: 'a',
        },
        annotations: { summary: 'The shop is slow' },
        startsAt: '2026-03-02T09:00:00.5+01:00',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'https://grafana.example.org/alerting/1/edit',
        fingerprint: 'c6eadffa33fcdf37',
        silenceURL: 'https://grafana.example.org/alerting/silence/new',
        dashboardURL: '',
        panelURL: 'https://grafana.example.org/d/1?viewPanel=2',
        values: { B: 44.23, C: 1 },
        valueString: '[ var=B ]',
        ...alert,
      },
    ],
    groupLabels: { alertname: 'Latency' },
    commonLabels: { alertname: 'Latency', severity: 'critical', service: 'shop' },
    commonAnnotations: {},
    externalURL: 'https://grafana.example.org/',
    version: '1',
    groupKey: '{}/{}:{alertname="Latency"}',
    truncatedAlerts: 0,
    orgId: 1,
    title: '[FIRING:1] Latency',
    state: 'alerting',
    message: '**Firing**',
    ...change,
  });
  const over = { status: 'resolved', endsAt: '2026-03-02T09:10:00+01:00' };

  test('opens one incident for a group, with the panel to look at, and resolves it with its last alert', async () => {
    const { number } = await send('grafana', payload());
    expect(await read(number)).toMatchObject({
      title: 'The shop is slow',
      description:
        'firing: Latency grafana_folder=a (The shop is slow)\n\nhttps://grafana.example.org/d/1?viewPanel=2',
      service: 'shop',
      impact: 1,
      urgency: 1,
      alerts: { firing: 1, resolved: 0 },
    });
    expect(await send('grafana', payload())).toEqual({ number, changed: false });
    await send('grafana', payload({ status: 'resolved' }, over));
    expect(await read(number)).toMatchObject({ state: 'resolved' });
  });

  test('groups of two organisations, and of an Alertmanager under the same key, are three', async () => {
    const group = { groupKey: 'same' };
    const answers = [
      await send('grafana', payload(group)),
      await send('grafana', payload({ ...group, orgId: 2 })),
      await send('alertmanager', { ...payload(group), version: '4' }),
    ];
    expect(new Set(answers.map(({ number }) => number)).size).toBe(3);
  });

  test('whose end comes before its beginning opens nothing, and the late beginning neither', async () => {
    const group = { groupKey: 'late' };
    const end = await send('grafana', payload({ ...group, status: 'resolved' }, over));
    expect(end).toEqual({ number: null, changed: false });
    expect(await send('grafana', payload(group))).toEqual({ number: null, changed: false });
  });

  test('stays open while one of several alerts fires, or some were left out', async () => {
    const [alert] = payload().alerts;
    const group = { groupKey: 'several' };
    const both = [alert, { ...alert, fingerprint: 'second' }];
    const { number } = await send('grafana', payload({ ...group, alerts: both }));
    expect(await read(number)).toMatchObject({ alerts: { firing: 2, resolved: 0 } });
    await send('grafana', payload(group, over));
    expect(await read(number)).toMatchObject({ state: 'new', alerts: { firing: 1, resolved: 1 } });
    const ended = [{ ...alert, ...over, fingerprint: 'second' }];
    await send('grafana', payload({ ...group, alerts: ended, truncatedAlerts: 3 }));
    expect(await read(number)).toMatchObject({ state: 'new', alerts: { firing: 0, resolved: 2 } });
  });

  test('that is only a test of the contact point opens an incident that its end resolves', async () => {
    const labels = { alertname: 'TestAlert', instance: 'Grafana' };
    const test = {
      labels,
      annotations: { summary: 'Notification test' },
      fingerprint: '57c6d9296de2ad39',
      panelURL: undefined,
    };
    const group = {
      groupKey: '{alertname="TestAlert", instance="Grafana"}2026-03-02 08:00:00 +0000 UTC',
      groupLabels: labels,
      commonLabels: labels,
      commonAnnotations: test.annotations,
    };
    const { number } = await send('grafana', payload(group, test));
    expect(await read(number)).toMatchObject({ title: 'Notification test', service: 'shop' });
    await send('grafana', payload({ ...group, status: 'resolved' }, { ...test, ...over }));
    expect(await read(number)).toMatchObject({ state: 'resolved' });
  });

  test('with words that break out of a line, a page or a header is text, on one line in the title', async () => {
    const summary = '<script>alert(1)</script>\r\nBcc: eve@example.org\u202E ${x} {/title}';
    const group = { groupKey: 'words' };
    const { number } = await send('grafana', payload(group, { annotations: { summary } }));
    const title = '<script>alert(1)</script> Bcc: eve@example.org  ${x} {/title}';
    expect(await read(number)).toMatchObject({ title });
  });

  test('with a payload of its own making is kept, and the desk told', async () => {
    const { kept, number } = await send('grafana', { text: 'custom' });
    expect(kept).toBeDefined();
    expect(await read(number)).toMatchObject({
      title: 'A notification of Grafana could not be read',
    });
  });
});

describe('any JSON by a mapping', () => {
  let monitors = 0;
  const down = () => ({
    monitor: { id: ++monitors, name: 'Checkout', service: 'shop', url: 'https://kuma.example.org' },
    up: false,
    level: 'P1',
    message: 'timeout',
  });

  test('opens an incident, resolves it, and reopens it when it fires again, without a time in the body', async () => {
    const body = down();
    const { number } = await send('generic/kuma', body);
    expect(await read(number)).toMatchObject({
      title: 'Checkout is down',
      description: 'firing: timeout\n\nhttps://kuma.example.org',
      service: 'shop',
      impact: 1,
      urgency: 1,
    });
    expect(await send('generic/kuma', body)).toEqual({ number, changed: false });
    expect(await send('generic/kuma', { ...body, up: true })).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({ state: 'resolved' });
    now += 60_000;
    expect(await send('generic/kuma', body)).toEqual({ number, changed: true });
    expect(await read(number)).toMatchObject({ state: 'new', reopens: 1 });
  });

  test('that is ignored touches nothing', async () => {
    const before = await count();
    expect(await send('generic/kuma', { ...down(), up: 'paused' })).toEqual({
      number: null,
      changed: false,
    });
    expect(await count()).toBe(before);
  });

  test.each<[string, string, unknown]>([
    ['a body that lacks what the mapping needs', 'kuma', { up: false }],
    ['a status that it does not know', 'kuma', { ...down(), up: 'maybe' }],
    ['a title of blanks', 'kuma', { monitor: { id: 1, name: ' ' }, up: false }],
    [
      'a title that is an object',
      'kuma',
      { monitor: { id: 1, name: { toString: 'x' } }, up: false },
    ],
    ['a body that is a list', 'kuma', [[[[]]]]],
    ['a body that is null', 'kuma', null],
    ['a mapping that the policy does not have', 'nowhere', down()],
    ['a mapping named like a method', 'constructor', down()],
  ])('with %s is kept, and the desk told', async (_what, mapping, body) => {
    const { kept, number } = await send(`generic/${mapping}`, body);
    expect([kept !== undefined, number !== null]).toEqual([true, true]);
  });

  test('that names an unknown service is on the default service, and kept', async () => {
    const body = down();
    const { number } = await send('generic/kuma', {
      ...body,
      monitor: { ...body.monitor, service: 'nowhere' },
    });
    expect(await read(number)).toMatchObject({ service: 'shop' });
    const { body: kept } = await api.call('GET', '/api/v1/intake/kept?limit=1');
    expect(kept['items']).toMatchObject([{ kind: 'unmapped', number }]);
  });

  test('is not for people', async () => {
    const person = await api.key('bob', ['manager']);
    const address = '/api/v1/intake/generic/kuma';
    expect((await api.call('POST', address, { key: person, body: down() })).status).toBe(403);
    expect((await api.call('POST', address, { key: null, body: down() })).status).toBe(401);
  });

  test('can be tried, which shows what would open and changes nothing', async () => {
    const before = await count();
    const trial = await send('generic/kuma?dryRun=true', down());
    expect(trial).toMatchObject({
      reason: null,
      alerts: [{ firing: true, severity: 'critical', startsAt: null }],
      opens: { title: 'Checkout is down', service: 'shop', priority: 1 },
    });
    expect(await send('generic/kuma?dryRun=true', {})).toMatchObject({
      reason: expect.stringContaining('/monitor/name') as string,
      opens: { title: 'A notification of kuma could not be read' },
    });
    expect(await count()).toBe(before);
  });
});

test.each<[string, unknown, string]>([
  [
    'a severity',
    { groupKey: 'g', title: 't', alert: { severity: { of: '{/a}', names: { P1: 'huge' } } } },
    '/intake/mappings/m/alert/severity/names/P1',
  ],
  ['a place', { groupKey: '{/a', title: 't' }, '/intake/mappings/m/groupKey'],
])(
  'a policy whose mapping has %s that leads nowhere is refused by its place',
  async (_what, mapping, pointer) => {
    const body = { ...policy, intake: { mappings: { m: mapping } } };
    const result = await applyPolicy(api.pool, body, 'test', now);
    expect(result).toMatchObject({
      ok: false,
      error: { issues: [{ pointer: expect.stringContaining(pointer) as string }] },
    });
  },
);
