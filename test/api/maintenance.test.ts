import { findRecord } from '../../db/records.ts';
import { systemActor } from '../../domain/actor.ts';
import { HOUR, MINUTE, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { holdOf } from '../../records/holds.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

const base = '/api/v1/maintenance-windows';
const start = Date.parse('2026-11-23T21:00:00Z');
let now = start;
let api: TestApi;
beforeEach(async () => {
  now = start;
  api = await startApi(() => now);
});
afterEach(() => api.stop());

const once = (from: Instant, to: Instant, covers: unknown = { services: ['shop'] }) => ({
  reason: 'The database moves',
  covers,
  when: { kind: 'once', from: toIso(from), to: toIso(to) },
});
const saturdays = {
  reason: 'Patches',
  covers: { items: ['db-1'] },
  when: {
    ...{ kind: 'weekly', timeZone: 'Europe/Berlin', weekdays: ['saturday'], time: '22:00' },
    ...{ lasts: '6h', from: '2026-11-01', until: '2026-12-31' },
  },
};

async function make(body: object): Promise<string> {
  const answer = await api.call('POST', base, { body });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  // The next one is made later.
  now += 1;
  return String(answer.body['id']);
}

const list = async (query = ''): Promise<unknown[]> =>
  ((await api.call('GET', base + query)).body['items'] as { id: string }[]).map(({ id }) => id);

/** An incident whose pages the window holds back, as the escalation's step notes it. */
async function held(by: string): Promise<string> {
  const number = await api.open({ service: 'shop' });
  const escalation = `${number}/1/0`;
  const input = { escalation, by: 'window', id: by, until: now + HOUR, why: 'service' };
  const request = { actor: systemActor(escalation, 'main'), now };
  const result = await commit(api.engine, number, 'holdPages', input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return number;
}

const heldBy = async (number: string) =>
  (await api.call('GET', `/api/v1/incidents/${number}`)).body['heldBy'];

test('a window is upcoming, active, past', async () => {
  const id = await make(once(start + HOUR, start + 2 * HOUR));
  const state = async () => (await api.call('GET', `${base}/${id}`)).body['state'];
  expect(await state()).toBe('upcoming');
  now = start + HOUR;
  expect(await state()).toBe('active');
  now = start + 2 * HOUR;
  expect(await state()).toBe('past');
});

test('the list has those that are asked for, page by page', async () => {
  const past = await make(once(start, start + MINUTE));
  const active = await make(once(start, start + 2 * HOUR));
  const upcoming = await make(once(start + HOUR, start + 2 * HOUR));
  const weekly = await make(saturdays);
  now += 10 * MINUTE;
  expect(await list('?state=past')).toEqual([past]);
  expect(await list('?state=active')).toEqual([active]);
  expect(await list('?state=upcoming')).toEqual([upcoming, weekly]);
  expect(await list()).toEqual([past, active, upcoming, weekly]);
  const first = await api.call('GET', `${base}?state=upcoming&limit=1`);
  const cursor = String(first.body['nextCursor']);
  expect(await list(`?state=upcoming&limit=1&cursor=${cursor}`)).toEqual([weekly]);
  expect((await api.call('GET', `${base}?state=soon`)).status).toBe(400);
});

test('the same request with the same key makes one window', async () => {
  const headers = { 'idempotency-key': 'one' };
  const body = once(start, start + HOUR);
  const made = await api.call('POST', base, { body, headers });
  const again = await api.call('POST', base, { body, headers });
  expect([made.status, again.body['id']]).toEqual([201, made.body['id']]);
  expect(await list()).toHaveLength(1);
});

test('a window holds back pages for what it covers, as soon as it is stored', async () => {
  const number = await api.open({ service: 'shop', ci: 'db-1' });
  const record = (await findRecord(api.pool, number))!;
  const policy = await api.engine.policies.active(api.pool);
  expect(await holdOf(api.engine, policy, record, now)).toBeUndefined();
  const id = await make(once(start, start + HOUR, { items: ['db-1'] }));
  expect(await holdOf(api.engine, policy, record, now)).toMatchObject({ id, why: 'item' });
});

test('a record says which window holds its pages back, and what is ended early lets them go', async () => {
  const id = await make(once(start, start + 3 * HOUR));
  const number = await held(id);
  expect(await heldBy(number)).toEqual({ by: 'window', id });
  now += HOUR;
  const ended = await api.call('POST', `${base}/${id}/end`);
  expect(ended.body).toMatchObject({ state: 'past', version: 2, current: null });
  expect(await heldBy(number)).toBeNull();
  const waiting = await api.pool.query(
    "select 1 from effects where kind = 'advance' and number = $1",
    [number],
  );
  expect(waiting.rowCount).toBe(1);
});

test.each<[string, (id: string) => Promise<unknown>]>([
  ['covers something else', (id) => put(id, once(start, start + 3 * HOUR, { services: ['wiki'] }))],
  ['is shortened', (id) => put(id, once(start, start + 2 * HOUR))],
  ['is extended', (id) => end(id, start + 9 * HOUR)],
])('when a window %s, what it holds back is looked at again', async (_, change) => {
  const id = await make(once(start, start + 3 * HOUR));
  const number = await held(id);
  now += HOUR;
  await change(id);
  expect(await heldBy(number)).toBeNull();
});

function put(id: string, body: object, headers: Record<string, string> = {}) {
  return api.call('PUT', `${base}/${id}`, { body, headers });
}
function end(id: string, at: Instant) {
  return api.call('POST', `${base}/${id}/end`, { body: { at: toIso(at) } });
}

test('a window that stands is extended, and the end that was set last holds', async () => {
  const id = await make(once(start, start + HOUR));
  const later = await end(id, start + 5 * HOUR);
  expect(later.body['current']).toEqual({ from: toIso(start), to: toIso(start + 5 * HOUR) });
  now = start + 4 * HOUR;
  expect(await list('?state=active')).toEqual([id]);
});

test('a recurring window that is ended early stands again the next time', async () => {
  now = Date.parse('2026-11-28T22:00:00Z');
  const id = await make(saturdays);
  const ended = await api.call('POST', `${base}/${id}/end`);
  expect(ended.body).toMatchObject({
    state: 'upcoming',
    next: { from: '2026-12-05T21:00:00.000Z', to: '2026-12-06T03:00:00.000Z' },
  });
});

test('a window that has begun keeps when it began and is not deleted; one that has not may be', async () => {
  const begun = await make(once(start, start + HOUR));
  const upcoming = await make(once(start + HOUR, start + 2 * HOUR));
  now += MINUTE;
  const moved = await put(begun, once(start + MINUTE, start + HOUR));
  expect([moved.status, moved.body['errors']]).toEqual([
    422,
    [{ pointer: '/when/from', detail: 'cannot change any more: the window has begun' }],
  ]);
  expect((await api.call('DELETE', `${base}/${begun}`)).body).toMatchObject({
    status: 409,
    allowed: ['end'],
  });
  expect((await api.call('DELETE', `${base}/${upcoming}`)).status).toBe(200);
  expect((await api.call('GET', `${base}/${upcoming}`)).status).toBe(404);
});

test('a window that does not stand cannot be ended', async () => {
  const id = await make(once(start + HOUR, start + 2 * HOUR));
  expect((await api.call('POST', `${base}/${id}/end`)).status).toBe(409);
});

test('a change needs the version that was seen', async () => {
  const id = await make(once(start, start + HOUR));
  const body = once(start, start + 2 * HOUR);
  expect((await put(id, body, { 'if-match': '"2"' })).status).toBe(412);
  expect((await put(id, body, { 'if-match': '"1"' })).body['version']).toBe(2);
});

test('the log of changes names the window, and not its reason', async () => {
  const id = await make(once(start, start + HOUR));
  await api.call('POST', `${base}/${id}/end`);
  const log = JSON.stringify((await api.call('GET', '/api/v1/audit')).body);
  for (const known of ['windowMade', 'windowEnded', id]) expect(log).toContain(known);
  expect(log).not.toContain('The database moves');
});

test('the desk sees windows, managers make them', async () => {
  const key = await api.key('ann', ['resolver']);
  expect((await api.call('GET', base, { key })).status).toBe(200);
  const refused = await api.call('POST', base, { key, body: once(start, start + HOUR) });
  expect(refused.status).toBe(403);
});

test.each<[string, object, string]>([
  ['a service that the policy has not', { covers: { services: ['x'] } }, '/covers/services/0'],
  ['a time that is past', once(start - 2 * HOUR, start - HOUR), '/when/to'],
  [
    'a recurrence without a day',
    { when: { ...saturdays.when, from: '2026-11-23', until: '2026-11-24' } },
    '/when/weekdays',
  ],
  ['no reason', { reason: '' }, '/reason'],
])('%s is refused by its place', async (_, change, pointer) => {
  const answer = await api.call('POST', base, { body: { ...saturdays, ...change } });
  expect(answer.status).toBe(422);
  expect((answer.body['errors'] as { pointer: string }[])[0]!.pointer).toBe(pointer);
});
