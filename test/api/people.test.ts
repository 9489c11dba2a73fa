import { addMethod } from '../../db/contactMethods.ts';
import { fromIso } from '../../domain/time.ts';
import { usePolicy } from '../helpers/database.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

const now = fromIso('2026-11-23T09:00:00Z');

let api: TestApi;
let ann: string;
beforeAll(async () => {
  api = await startApi(() => now);
  ann = await api.key('ann', ['resolver']);
});
afterAll(() => api.stop());
afterEach(() => usePolicy(api.pool, (policy) => policy));

/** Cem has no way to be reached, until he is given one. */
function withCem(): Promise<string> {
  return usePolicy(api.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, cem: { name: 'Cem' } },
  }));
}

const unverified = { kind: 'sms', address: '+491701234567', label: 'phone' } as const;

describe('people', () => {
  test('are listed with their teams, and whether a page can reach them', async () => {
    await withCem();
    const { body } = await api.call('GET', '/api/v1/people', { key: ann });
    expect(body['items']).toEqual([
      { id: 'ann', name: 'Ann', teams: ['operations'], active: true, reachable: true, why: null },
      {
        ...{ id: 'bob', name: 'Bob', teams: ['network', 'operations'], active: true },
        ...{ reachable: true, why: null },
      },
      {
        ...{ id: 'cem', name: 'Cem', teams: [], active: true, reachable: false },
        why: 'has no contact method: add one, and verify it',
      },
      {
        ...{ id: 'gone', name: 'Gone', teams: [], active: false, reachable: false },
        why: 'is not active',
      },
      { id: 'lea', name: 'Lea', teams: ['operations'], active: true, reachable: true, why: null },
    ]);
  });

  test('whose only method is not verified are not reachable, and it says which', async () => {
    await withCem();
    await addMethod(api.pool, { id: 'cm_1', person: 'cem', ...unverified }, 'cem', now);
    const { body } = await api.call('GET', '/api/v1/people', { key: ann });
    const cem = (body['items'] as { id: string }[]).find(({ id }) => id === 'cem');
    expect(cem).toMatchObject({
      reachable: false,
      why: 'has no contact method that can be used: cm_1 is not verified',
    });
  });

  test('each can be looked at, by the desk and by themselves', async () => {
    await withCem();
    const cem = await api.key('cem', ['requester']);
    for (const key of [ann, cem]) {
      const { status, body } = await api.call('GET', '/api/v1/people/cem', { key });
      expect([status, body]).toEqual([200, expect.objectContaining({ id: 'cem', name: 'Cem' })]);
    }
    expect((await api.call('GET', '/api/v1/people/ann', { key: cem })).status).toBe(403);
    expect((await api.call('GET', '/api/v1/people/nobody', { key: ann })).status).toBe(404);
  });

  test('are not for requesters', async () => {
    const key = await api.key('zoe', ['requester']);
    expect((await api.call('GET', '/api/v1/people', { key })).status).toBe(403);
    expect((await api.call('GET', '/api/v1/on-call/warnings', { key })).status).toBe(403);
  });
});

describe('notification rules', () => {
  const path = '/api/v1/people/ann/notification-rules';
  const put = (body: object, key = ann, headers = {}) =>
    api.call('PUT', path, { key, body, headers });
  const rules = {
    interrupting: [{ method: 'policy-email' }],
    quietHours: { timeZone: 'Europe/Berlin', from: '22:00', to: '07:00' },
  };

  test('are none at first, are written as a whole, and are read as they were written', async () => {
    const none = await api.call('GET', path, { key: ann });
    expect([none.headers.get('etag'), none.body]).toEqual([
      '"0"',
      { person: 'ann', version: 0, rules: {}, updatedAt: null, warnings: [] },
    ]);
    const written = await put(rules, ann, { 'if-match': '"0"' });
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"1"']);
    const read = await api.call('GET', path, { key: ann });
    expect(read.body).toMatchObject({ version: 1, rules, warnings: [] });
    const fresh = await api.call('GET', path, { key: ann, headers: { 'if-none-match': '"1"' } });
    expect(fresh.status).toBe(304);
  });

  test('that changed since they were seen are not overwritten, of two at once one wins', async () => {
    const { headers } = await api.call('GET', path, { key: ann });
    const seen = { 'if-match': headers.get('etag') ?? '' };
    const both = await Promise.all([put(rules, ann, seen), put({}, ann, seen)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await put(rules, ann, { 'if-match': '"99"' })).status).toBe(412);
  });

  test('name methods of the person only', async () => {
    const { status, body } = await put({
      interrupting: [{ method: 'policy-email' }, { method: 'cm_of_bob', after: '5m' }],
    });
    expect([status, body['errors']]).toEqual([
      422,
      [
        {
          pointer: '/interrupting/1/method',
          detail: "is none of the person's contact methods: policy-email",
        },
      ],
    ]);
  });

  test('that are malformed are refused with the place', async () => {
    const { status, body } = await put({
      deferrable: [{ method: 'policy-email', after: 'soon' }],
      quietHours: { timeZone: 'Mars/Base', from: '22:00', to: '22:00' },
    });
    const places = (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(status).toBe(422);
    expect(places).toEqual(expect.arrayContaining(['/deferrable/0/after', '/quietHours/timeZone']));
  });

  test('warn of what has no effect: a method that is not verified yet', async () => {
    await addMethod(api.pool, { id: 'cm_a', person: 'ann', ...unverified }, 'ann', now);
    const { body } = await put({ interrupting: [{ method: 'cm_a' }, { method: 'policy-email' }] });
    expect(body['warnings']).toEqual([
      { pointer: '/interrupting/0/method', detail: 'is not verified, and skipped until then' },
    ]);
  });

  test('are for the person and admins', async () => {
    for (const key of [await api.key('bob', ['resolver']), await api.key('lea', ['manager'])]) {
      expect((await api.call('GET', path, { key })).status).toBe(403);
      expect((await put(rules, key)).status).toBe(403);
    }
    expect((await api.call('GET', path)).status).toBe(200);
    expect((await api.call('GET', '/api/v1/people/nobody/notification-rules')).status).toBe(404);
  });
});
