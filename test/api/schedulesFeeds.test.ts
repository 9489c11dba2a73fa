import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { usePolicy } from '../helpers/database.ts';
import { callApi, listen, quietDeps, startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';
import { items, makeSchedule, NOON } from './schedulesSupport.ts';

let api: TestApi;
let now = NOON;
beforeAll(async () => {
  api = await startApi(() => now);
});
beforeEach(() => {
  now = NOON;
});
afterAll(() => api.stop());

/** Where a feed that was made is served by the test's API. */
const pathOf = ({ body }: Answer): string => new URL(String(body['url'])).pathname;

const make = (of: string, headers = {}) => api.call('POST', `/api/v1/${of}/feeds`, { headers });

async function read(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('a schedule is subscribed to by a token, without a key', async () => {
  const id = await makeSchedule(api, 'subscribed');
  const made = await make(`schedules/${id}`);
  expect([made.status, made.body['url']]).toEqual([
    201,
    expect.stringMatching(/^https:\/\/desk\.example\.org\/calendars\/[\w-]{43}\.ics$/),
  ]);
  const feed = await read(pathOf(made));
  expect([
    feed.status,
    feed.headers.get('content-type'),
    feed.headers.get('cache-control'),
  ]).toEqual([200, 'text/calendar; charset=utf-8', 'private, max-age=300']);
  expect(feed.text).toContain('X-WR-CALNAME:Service desk\r\n');
  expect(feed.text).toContain(
    'DTSTART:20260601T120000Z\r\nDTEND:20260602T120000Z\r\nSUMMARY:Ann\r\n',
  );
});

test("a person's feed has their shifts of all schedules, and nobody else's", async () => {
  await makeSchedule(api, 'first');
  await makeSchedule(api, 'second', { name: 'Second desk' });
  const { text } = await read(pathOf(await make('people/bob')));
  expect(text).toContain('SUMMARY:Service desk\r\n');
  expect(text).toContain('SUMMARY:Second desk\r\n');
  expect(text).toContain('DTSTART:20260602T120000Z');
  expect(text).not.toContain('DTSTART:20260601T120000Z');
});

test('a feed that has not changed is not sent again; one that has, is', async () => {
  const id = await makeSchedule(api, 'tagged');
  const path = pathOf(await make(`schedules/${id}`));
  const tag = (await read(path)).headers.get('etag')!;
  now = NOON + 3_600_000;
  const same = await read(path, { 'if-none-match': tag });
  expect([same.status, same.text]).toEqual([304, '']);
  const stretch = { from: '2026-06-01T18:00:00Z', to: '2026-06-01T20:00:00Z' };
  await api.call('POST', `/api/v1/schedules/${id}/overrides`, {
    body: { kind: 'add', person: 'lea', ...stretch },
  });
  const changed = await read(path, { 'if-none-match': tag });
  expect([changed.status, changed.text.includes('SUMMARY:Lea')]).toEqual([200, true]);
});

test('a shift that began before what is shown is told whole, and is the same one on the next day', async () => {
  const rotation = { kind: 'monthly', every: 2, dayOfMonth: 1, handOver: '09:00' };
  const layers = [{ name: 'months', rotation, start: '2026-05-01', people: ['ann', 'bob'] }];
  const path = pathOf(await make(`schedules/${await makeSchedule(api, 'months', { layers })}`));
  const told = async () => /^UID:.*\r\nDTSTAMP.*\r\nDTSTART.*$/m.exec((await read(path)).text)?.[0];
  now = Date.UTC(2026, 5, 10);
  const before = await told();
  now = Date.UTC(2026, 5, 11);
  const stamp = /DTSTAMP:\d+/;
  expect(before).toContain('DTSTART:20260501T090000Z');
  expect((await told())?.replace(stamp, '')).toBe(before?.replace(stamp, ''));
});

test('a feed that was revoked is gone, and so is that of a person who left', async () => {
  const id = await makeSchedule(api, 'revoked');
  const made = await make(`schedules/${id}`);
  const feed = String(made.body['id']);
  const revoked = await api.call('DELETE', `/api/v1/feeds/${feed}`);
  expect([revoked.status, revoked.body['revokedAt']]).toEqual([200, new Date(NOON).toISOString()]);
  expect((await read(pathOf(made))).status).toBe(404);
  const bobs = pathOf(await make('people/bob'));
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, bob: { ...policy.people['bob']!, active: false } },
  }));
  expect((await read(bobs)).status).toBe(404);
  await usePolicy(api.pool, (policy) => policy);
  expect((await read(bobs)).status).toBe(200);
});

test.each(['x', 'a'.repeat(43), '%00', '..%2f..%2fetc', "'or''='"])(
  'a token that was never given out is not found: %s',
  async (token) => {
    expect((await read(`/calendars/${token}.ics`)).status).toBe(404);
  },
);

test('only the hash of a token is stored, and a repeat of the request does not show it again', async () => {
  const id = await makeSchedule(api, 'hashed');
  const key = { 'idempotency-key': 'one-feed' };
  const first = await make(`schedules/${id}`, key);
  const again = await make(`schedules/${id}`, key);
  expect(again.body).toEqual({ ...first.body, url: null });
  const token = pathOf(first).slice('/calendars/'.length, -'.ics'.length);
  const { rows } = await api.pool.query<{ row: string }>(
    'select calendar_feeds::text as row from calendar_feeds union all select data::text from audit_log',
  );
  expect(JSON.stringify(rows)).not.toContain(token);
  // As bytes a token would be shown in hexadecimal.
  const stored = await api.pool.query('select hash from calendar_feeds where id = $1', [
    first.body['id'],
  ]);
  expect(stored.rows).toEqual([{ hash: createHash('sha256').update(token).digest() }]);
  const listed = await api.call('GET', `/api/v1/schedules/${id}/feeds`);
  expect(items(listed)).toMatchObject([{ id: first.body['id'], schedule: id, revokedAt: null }]);
  expect(JSON.stringify(listed.body)).not.toContain(token);
});

test('feeds are revoked by who made them, whose shifts they show, and managers', async () => {
  const ann = await api.key('ann', ['resolver']);
  const bob = await api.key('bob', ['agent']);
  const id = await makeSchedule(api, 'whose');
  const make = async (of: string, key: string) =>
    String((await api.call('POST', `/api/v1/${of}/feeds`, { key })).body['id']);
  const revoke = async (feed: string, key: string) =>
    (await api.call('DELETE', `/api/v1/feeds/${feed}`, { key })).status;
  const anns = await make(`schedules/${id}`, ann);
  expect([await revoke(anns, bob), await revoke(anns, ann)]).toEqual([403, 200]);
  const ofBob = String((await api.call('POST', '/api/v1/people/bob/feeds')).body['id']);
  expect([await revoke(ofBob, ann), await revoke(ofBob, bob)]).toEqual([403, 200]);
});

test('making and revoking a feed is audited', async () => {
  const id = await makeSchedule(api, 'logged');
  const made = await make(`schedules/${id}`);
  const feed = String(made.body['id']);
  await api.call('DELETE', `/api/v1/feeds/${feed}`);
  await api.call('DELETE', `/api/v1/feeds/${feed}`);
  const log = await api.call('GET', '/api/v1/audit?limit=10');
  const entries = items(log);
  expect(
    entries.filter(({ data }) => (data as { id?: string }).id === feed).map(({ kind }) => kind),
  ).toEqual(['feedRevoked', 'feedCreated']);
});

test('the token of a feed is in no log', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const { server, url } = await listen(quietDeps(api.engine, { logger }));
  try {
    await callApi(url, 'GET', '/calendars/canary-token.ics', { key: null });
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain('canary');
  } finally {
    server.close();
  }
});
