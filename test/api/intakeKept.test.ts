import { gzipSync } from 'node:zlib';
import { ADMIN, startApi } from './support.ts';
import type { Call, TestApi } from './support.ts';

let api: TestApi;
let now = Date.parse('2026-03-02T08:00:00Z');
let integrations = 0;
beforeAll(async () => {
  api = await startApi(() => now);
});
afterAll(() => api.stop());

const path = '/api/v1/intake/alertmanager';

interface Answer {
  readonly number: string;
  readonly changed: boolean;
  readonly kept?: string;
}

interface KeptItem {
  readonly id: string;
  readonly kind: string;
  readonly integration: string;
  readonly reason: string;
  readonly size: number;
  readonly truncated: boolean;
  readonly times: number;
  readonly number: string;
}

/** A monitoring system of its own for each test: what one cannot read is one incident. */
async function integration() {
  const name = `monitor-${++integrations}`;
  const key = await api.key(name, ['integration']);
  return {
    name,
    async send(call: Call): Promise<Answer> {
      const answer = await api.call('POST', path, { key, ...call });
      expect(answer.status).toBe(200);
      return answer.body as unknown as Answer;
    },
    async kept(): Promise<KeptItem[]> {
      const { body } = await api.call('GET', '/api/v1/intake/kept?limit=200');
      return (body['items'] as KeptItem[]).filter((item) => item.integration === name);
    },
  };
}

async function incident(number: string): Promise<Record<string, unknown>> {
  return (await api.call('GET', `/api/v1/incidents/${number}`)).body;
}

async function download(id: string): Promise<Response> {
  return fetch(`${api.url}/api/v1/intake/kept/${id}`, {
    headers: { authorization: `Bearer ${ADMIN}` },
  });
}

function notification(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: '4',
    groupKey: `group-${integrations}`,
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
    ...change,
  };
}

const [alert] = notification()['alerts'] as [Record<string, unknown>];
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a delivery that cannot be read is kept and opens an incident on the default service:', () => {
  test.each<[string, Call, RegExp]>([
    ['no JSON', { raw: '{"version": "4", oops' }, /no JSON/],
    ['nothing at all', { raw: '' }, /empty/],
    ['a list', { raw: '[]' }, /expected object/],
    ['a form', { raw: 'a=b', headers: { 'content-type': 'text/plain' } }, /no JSON/],
    ['bytes that are no UTF-8', { raw: new Uint8Array([0x22, 0xff, 0xfe, 0x22]) }, /not UTF-8/],
    ['another version', { body: notification({ version: '3' }) }, /\/version/],
    ['no group', { body: notification({ groupKey: undefined }) }, /\/groupKey/],
    ['alerts that are no list', { body: notification({ alerts: {} }) }, /\/alerts/],
    [
      'an alert without a start',
      { body: notification({ alerts: [{ ...alert, startsAt: 'now' }] }) },
      /\/alerts\/0\/startsAt/,
    ],
    [
      'a label that is a number',
      { body: notification({ alerts: [{ ...alert, labels: { a: 1 } }] }) },
      /\/alerts\/0\/labels\/a/,
    ],
    ['NUL in a label', { body: notification({ commonLabels: { a: 'x\u0000' } }) }, /commonLabels/],
    ['a lone surrogate', { raw: '{"groupKey":"\\ud800"}' }, /groupKey/],
    [
      '__proto__ as a label',
      { raw: '{"version":"4","commonLabels":{"__proto__":"x"}}' },
      /__proto__/,
    ],
    ['endless nesting', { raw: deep(100_000) }, /nested deeper/],
    [
      'an unknown packing',
      { body: notification(), headers: { 'content-encoding': 'br' } },
      /packed/,
    ],
    [
      'a packed bomb',
      {
        raw: new Uint8Array(gzipSync(Buffer.alloc(50_000_000))),
        headers: { 'content-encoding': 'gzip' },
      },
      /packed/,
    ],
  ])('%s', async (_what, call, reason) => {
    const monitor = await integration();
    const answer = await monitor.send(call);
    expect(answer).toMatchObject({ changed: true, kept: expect.any(String) as string });
    expect(await monitor.kept()).toEqual([
      expect.objectContaining({
        id: answer.kept,
        kind: 'unreadable',
        number: answer.number,
        times: 1,
        truncated: false,
        reason: expect.stringMatching(reason) as string,
      }),
    ]);
    const { description, ...rest } = await incident(answer.number);
    expect(rest).toMatchObject({
      title: 'A notification of Alertmanager could not be read',
      service: 'shop',
      impact: 3,
      urgency: 3,
      channel: 'monitoring',
      requester: monitor.name,
    });
    expect(description).toMatch(reason);
    expect(description).toContain(`/api/v1/intake/kept/${answer.kept!}`);
  });

  test('more than 2 MiB: the beginning is kept, and the size told', async () => {
    const monitor = await integration();
    const raw = JSON.stringify(notification({ receiver: 'x'.repeat(2_200_000) }));
    const { kept } = await monitor.send({ raw });
    expect(await monitor.kept()).toEqual([
      expect.objectContaining({
        truncated: true,
        size: raw.length,
        reason: expect.stringMatching(/2 MiB/) as string,
      }),
    ]);
    expect(await (await download(kept!)).text()).toBe(raw.slice(0, 256 * 1024));
  });

  test('what came can be had byte by byte, and no browser shows it as a page', async () => {
    const monitor = await integration();
    const raw = '<script>alert(1)</script>';
    const { kept } = await monitor.send({ raw, headers: { 'content-type': 'text/html' } });
    const answer = await download(kept!);
    expect(await answer.text()).toBe(raw);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
  });
});

test('a packed notification is unpacked', async () => {
  const monitor = await integration();
  const raw = new Uint8Array(gzipSync(JSON.stringify(notification())));
  const answer = await monitor.send({ raw, headers: { 'content-encoding': 'gzip' } });
  expect(answer).toEqual({ number: expect.any(String) as string, changed: true });
});

describe('a storm of garbage', () => {
  test('is one incident of the integration, whatever it says', async () => {
    const monitor = await integration();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => monitor.send({ raw: `garbage ${index % 8}` })),
    );
    expect(new Set(answers.map(({ number }) => number)).size).toBe(1);
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    const kept = await monitor.kept();
    expect(kept.map(({ times }) => times)).toEqual(Array(8).fill(5));
  });

  test('opens another, which follows the first, once that one is over', async () => {
    const monitor = await integration();
    const first = await monitor.send({ raw: 'garbage' });
    const command = `/api/v1/incidents/${first.number}/resolve`;
    await api.call('POST', command, { body: { code: 'fixed', notes: 'The proxy cut it' } });
    now += 60_000;
    const second = await monitor.send({ raw: 'garbage' });
    expect(second).toMatchObject({ changed: true, kept: first.kept });
    expect(await incident(second.number)).toMatchObject({ state: 'new', follows: first.number });
    expect(await monitor.send({ raw: 'other' })).toMatchObject({
      number: second.number,
      changed: false,
    });
  });
});

test('what names a service that the policy does not know is kept beside its incident', async () => {
  const monitor = await integration();
  const labels = { alertname: 'Latency', service: 'nowhere' };
  const { number, kept } = await monitor.send({
    body: notification({ alerts: [{ ...alert, labels }] }),
  });
  expect(kept).toBeUndefined();
  expect(await incident(number)).toMatchObject({ service: 'shop', alerts: { firing: 1 } });
  expect(await monitor.kept()).toEqual([
    expect.objectContaining({
      kind: 'unmapped',
      number,
      reason: expect.stringContaining('"nowhere"') as string,
    }),
  ]);
});

describe('what was kept', () => {
  test('is listed in pages', async () => {
    const monitor = await integration();
    for (const raw of ['one', 'two', 'three']) await monitor.send({ raw });
    const seen: string[] = [];
    let cursor: unknown = null;
    do {
      const query: string = typeof cursor === 'string' ? `&cursor=${cursor}` : '';
      const { body } = await api.call('GET', `/api/v1/intake/kept?limit=2${query}`);
      seen.push(...(body['items'] as KeptItem[]).map(({ id }) => id));
      cursor = body['nextCursor'];
    } while (cursor !== null);
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toEqual(expect.arrayContaining((await monitor.kept()).map(({ id }) => id)));
  });

  test.each(['/api/v1/intake/kept', '/api/v1/intake/kept/1'])(
    'is for admins: %s',
    async (address) => {
      const key = await api.key('bob', ['manager']);
      expect((await api.call('GET', address, { key })).status).toBe(403);
    },
  );

  test.each(['0', 'x', '999999', '1%00', '99999999999999999999'])('has no %s', async (id) => {
    expect((await api.call('GET', `/api/v1/intake/kept/${id}`)).status).toBe(404);
  });

  test('a cursor that is none is refused', async () => {
    expect((await api.call('GET', '/api/v1/intake/kept?cursor=zzz')).status).toBe(400);
  });
});
