import { createPool } from '../../db/pool.ts';
import { HOUR, MINUTE, toIso } from '../../domain/time.ts';
import { testEngine } from '../helpers/database.ts';
import { callApi, listen, quietDeps, startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';

const base = '/api/v1/heartbeats';
const backup = {
  ...{ name: 'Nightly backup', service: 'shop', item: 'db-1', impact: 2, urgency: 1 },
  ...{ every: '1d', grace: '1h' },
};

let now = Date.parse('2026-11-22T02:00:00Z');
let api: TestApi;
beforeAll(async () => {
  api = await startApi(() => now);
});
afterAll(() => api.stop());

async function make(input: object = {}): Promise<{ id: string; path: string }> {
  const { status, body } = await api.call('POST', base, { body: { ...backup, ...input } });
  if (status !== 201) throw new Error(JSON.stringify(body));
  const url = new URL(String(body['pingUrl']));
  return { id: String(body['id']), path: url.pathname };
}

const ping = (path: string, method = 'GET'): Promise<Answer> =>
  api.call(method, path, { key: null });
const show = async (id: string) => (await api.call('GET', `${base}/${id}`)).body;
const incident = async (number: unknown) =>
  (await api.call('GET', `/api/v1/incidents/${String(number)}`)).body;

test('a heartbeat is made with an address that is shown once, and waits for its first ping', async () => {
  const headers = { 'idempotency-key': 'make-one' };
  const made = await api.call('POST', base, { body: backup, headers });
  expect(made.status).toBe(201);
  expect(made.headers.get('cache-control')).toBe('no-store');
  expect(made.body).toMatchObject({
    ...backup,
    status: 'waiting',
    pings: 0,
    lastPingAt: null,
    dueAt: toIso(now + 25 * HOUR),
  });
  expect(made.body['pingUrl']).toMatch(/\/heartbeats\/[\w-]{32}$/);
  const again = await api.call('POST', base, { body: backup, headers });
  expect(again.body).toEqual({ ...made.body, pingUrl: null });
  const shown = await api.call('GET', made.headers.get('location') ?? '');
  expect([shown.headers.get('etag'), shown.body['id']]).toEqual(['"1"', made.body['id']]);
});

test('the token is stored as a hash, and the log of changes has neither it nor the name', async () => {
  const { path } = await make({ name: 'Canary name' });
  const token = path.slice('/heartbeats/'.length);
  const { rows } = await api.pool.query<{ all: string }>(
    `select (select json_agg(h)::text from heartbeats h) || (select json_agg(a)::text from audit_log a) as all`,
  );
  expect(rows[0]!.all).not.toContain(token);
  const audit = await api.call('GET', '/api/v1/audit');
  expect(JSON.stringify(audit.body)).toContain('heartbeatMade');
  expect(JSON.stringify(audit.body)).not.toContain('Canary name');
});

test.each(['GET', 'POST', 'HEAD'])('a ping by %s counts and needs no key', async (method) => {
  const { id, path } = await make();
  now += 3 * HOUR;
  expect((await ping(path, method)).status).toBe(200);
  expect(await show(id)).toMatchObject({
    status: 'ok',
    pings: 1,
    lastPingAt: toIso(now),
    dueAt: toIso(now + 25 * HOUR),
  });
});

test.each(['/fail', '?status=fail'])(
  'a job that pings %s opens an incident at once, which its next ping resolves',
  async (how) => {
    const { id, path } = await make();
    await ping(path + how);
    const down = await show(id);
    expect(down).toMatchObject({ status: 'failed', downSince: toIso(now), dueAt: null });
    expect(await incident(down['incident'])).toMatchObject({
      ...{ title: '"Nightly backup" says that it failed', state: 'new' },
      ...{ service: 'shop', ci: 'db-1', impact: 2, urgency: 1, channel: 'monitoring' },
    });
    await ping(path);
    expect(await show(id)).toMatchObject({ status: 'ok', incident: null });
    expect((await incident(down['incident']))['state']).toBe('resolved');
  },
);

test('a run that begins is shown until it tells of its end', async () => {
  const { id, path } = await make();
  await ping(`${path}/start`);
  expect(await show(id)).toMatchObject({ status: 'waiting', startedAt: toIso(now) });
  await ping(path);
  expect(await show(id)).toMatchObject({ status: 'ok', startedAt: null });
});

test('an unknown address is 404, an unknown status 400', async () => {
  const { path } = await make();
  expect((await ping('/heartbeats/nobody-has-this-token')).status).toBe(404);
  expect((await ping(`${path}?status=maybe`)).status).toBe(400);
});

test('a severity that the policy no longer has, and a service that is gone, still open an incident', async () => {
  const { id, path } = await make({ impact: 3, urgency: 3 });
  await api.pool.query(
    `update heartbeats set definition = definition || '{"service": "dropped", "impact": 9}' where id = $1`,
    [id],
  );
  await ping(`${path}/fail`);
  const { incident: number } = await show(id);
  expect(await incident(number)).toMatchObject({ service: 'shop', impact: 3, urgency: 3 });
});

test('a change needs the version that was seen, and another rhythm is waited for from then on', async () => {
  const { id } = await make();
  now += 12 * HOUR;
  const stale = await api.call('PUT', `${base}/${id}`, {
    body: backup,
    headers: { 'if-match': '"7"' },
  });
  expect(stale.status).toBe(412);
  const renamed = await api.call('PUT', `${base}/${id}`, { body: { ...backup, name: 'Dump' } });
  expect(renamed.body).toMatchObject({ version: 2, dueAt: toIso(now + 13 * HOUR) });
  const faster = await api.call('PUT', `${base}/${id}`, {
    body: { ...backup, every: '1h', grace: '5m' },
    headers: { 'if-match': '"2"' },
  });
  expect(faster.body).toMatchObject({ version: 3, dueAt: toIso(now + 65 * MINUTE) });
});

test('what is paused is not waited for, and counts pings all the same', async () => {
  const { id, path } = await make();
  const paused = await api.call('POST', `${base}/${id}/pause`);
  expect(paused.body).toMatchObject({ status: 'paused', dueAt: null, pausedAt: toIso(now) });
  await ping(`${path}/fail`);
  await ping(path);
  expect(await show(id)).toMatchObject({ status: 'paused', pings: 2, incident: null });
  now += HOUR;
  const resumed = await api.call('POST', `${base}/${id}/resume`);
  expect(resumed.body).toMatchObject({ status: 'ok', dueAt: toIso(now + 25 * HOUR) });
  expect((await api.call('POST', `${base}/${id}/resume`)).body['version']).toBe(3);
});

test('a heartbeat that is deleted is gone, and so is its address', async () => {
  const { id, path } = await make();
  expect((await api.call('DELETE', `${base}/${id}`)).status).toBe(200);
  expect((await api.call('GET', `${base}/${id}`)).status).toBe(404);
  expect((await ping(path)).status).toBe(404);
});

const renew = async (id: string, body: object = {}, headers: Record<string, string> = {}) => {
  const answer = await api.call('POST', `${base}/${id}/token`, { body, headers });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const { pingUrl } = answer.body;
  return typeof pingUrl === 'string' ? new URL(pingUrl).pathname : null;
};
const answersTo = (...paths: (string | null)[]): Promise<number[]> =>
  Promise.all(paths.map(async (path) => (await ping(path ?? '')).status));

test('a renewed token gives another address, and the one of before counts for a day', async () => {
  const { id, path } = await make();
  const renewed = await renew(id);
  expect(await answersTo(path, renewed)).toEqual([200, 200]);
  now += 24 * HOUR - 1;
  expect(await answersTo(path)).toEqual([200]);
  now += 1;
  expect(await answersTo(path, renewed)).toEqual([404, 200]);
  expect(await show(id)).toMatchObject({ version: 1, pings: 4 });
});

test('renewed twice, each address of before counts until its own time is over', async () => {
  const { id, path } = await make();
  const second = await renew(id, { formerValidFor: '1h' });
  const third = await renew(id, { formerValidFor: '3h' });
  expect(await answersTo(path, second, third)).toEqual([200, 200, 200]);
  now += 2 * HOUR;
  expect(await answersTo(path, second, third)).toEqual([404, 200, 200]);
});

test('after a leak every address of before is unknown at once', async () => {
  const { id, path } = await make();
  const second = await renew(id);
  const third = await renew(id, { formerValidFor: '0s' });
  expect(await answersTo(path, second, third)).toEqual([404, 404, 200]);
});

test('a renewal that is repeated under its Idempotency-Key renews once, and shows no address again', async () => {
  const { id } = await make();
  const headers = { 'idempotency-key': 'renew-once' };
  const renewed = await renew(id, {}, headers);
  expect(await renew(id, {}, headers)).toBeNull();
  expect(await answersTo(renewed)).toEqual([200]);
});

test('a renewal is in the log of changes without a token', async () => {
  const { id } = await make();
  const renewed = await renew(id);
  const log = JSON.stringify((await api.call('GET', '/api/v1/audit?limit=200')).body);
  expect(log).toContain('heartbeatTokenRenewed');
  expect(log).not.toContain((renewed ?? '').slice('/heartbeats/'.length));
});

test('only managers renew tokens, of heartbeats that there are, and the address of before counts a week at most', async () => {
  const { id } = await make();
  const key = await api.key('ann', ['resolver']);
  expect((await api.call('POST', `${base}/${id}/token`, { key, body: {} })).status).toBe(403);
  expect((await api.call('POST', `${base}/hbt_x/token`, { body: {} })).status).toBe(404);
  const body = { formerValidFor: '8d' };
  const tooLong = await api.call('POST', `${base}/${id}/token`, { body });
  expect([tooLong.status, tooLong.body['errors']]).toEqual([
    422,
    [{ pointer: '/formerValidFor', detail: 'must be at most 7d' }],
  ]);
});

test('the list goes on where a page ends', async () => {
  const names = async (path: string) => (await api.call('GET', path)).body;
  const all = (await names(`${base}?limit=200`))['items'] as { id: string }[];
  const first = await names(`${base}?limit=2`);
  const second = await names(`${base}?limit=200&cursor=${String(first['nextCursor'])}`);
  const paged = [...(first['items'] as { id: string }[]), ...(second['items'] as { id: string }[])];
  expect(paged.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});

test('the desk sees heartbeats, managers change them', async () => {
  const key = await api.key('ann', ['resolver']);
  expect((await api.call('GET', base, { key })).status).toBe(200);
  expect((await api.call('POST', base, { key, body: backup })).status).toBe(403);
  const requester = await api.key('rita', ['requester']);
  expect((await api.call('GET', base, { key: requester })).status).toBe(403);
});

test.each<[string, object, string]>([
  ['a service that the policy has not', { service: 'nothing' }, '/service'],
  ['an impact that its matrix has not', { impact: 9 }, '/impact'],
  ['a rhythm that is no duration', { every: 'often' }, '/every'],
  ['what is not known', { colour: 'red' }, '/colour'],
])('%s is refused by its place', async (_, change, pointer) => {
  const { status, body } = await api.call('POST', base, { body: { ...backup, ...change } });
  expect(status).toBe(422);
  expect((body['errors'] as { pointer: string }[])[0]!.pointer).toBe(pointer);
});

test('without the database a ping is 503, for the job to repeat it', async () => {
  // Nobody listens at port 1.
  const pool = createPool('postgresql://nobody@127.0.0.1:1/nothing', 2);
  const { server, url } = await listen(quietDeps(testEngine(pool)));
  const answer = await callApi(url, 'GET', '/heartbeats/some-token', { key: null });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  server.close();
});
