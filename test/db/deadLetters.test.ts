import { failDelivery } from '../../db/deliveries.ts';
import { claimEffect, findEffect, finishEffect } from '../../db/effects.ts';
import { wakeBacklog } from '../../db/wakes.ts';
import { systemActor } from '../../domain/actor.ts';
import { noteFailure } from '../../db/stalled.ts';
import { commit } from '../../records/commit.ts';
import { testDriver } from '../helpers/database.ts';
import { startDelivery } from '../helpers/deliveries.ts';
import { startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const base = '/api/v1/operations';

/** As mail servers answer: with whom it was for. */
const SAID = '550 <ann@example.org>: no such mailbox';

/** A page that was tried once and given up. @returns its key */
async function deadPage(): Promise<string> {
  const number = await api.open();
  const page = { escalation: `${number}/1/0`, round: 0, step: 0, rule: 'x', people: ['ann'] };
  const actor = systemActor(`${number}/1/0`, 'main');
  const paged = await commit(api.engine, number, 'page', page, { actor, now: Date.now() });
  if (!paged.ok) throw new Error(JSON.stringify(paged.error));
  const { rows } = await api.pool.query<{ key: string }>(
    "select key from effects where number = $1 and payload ->> 'message' = 'page'",
    [number],
  );
  const key = rows[0]?.key ?? '';
  const effect = await claimEffect(api.pool, key, 10, testDriver);
  if (effect?.kind !== 'notification') throw new Error(`${key} is no message`);
  const attempt = await startDelivery(api.pool, effect, Date.now());
  await failDelivery(api.pool, attempt, SAID, Date.now());
  await finishEffect(api.pool, key, 'dead', Date.now(), SAID);
  await api.pool.query('delete from wakes');
  return key;
}

const sendAgain = (key: string, headers: Record<string, string> = {}, by?: string) =>
  api.call('POST', `${base}/dead-letters/${encodeURIComponent(key)}/send-again`, {
    headers,
    ...(by === undefined ? {} : { key: by }),
  });

test('what was given up is listed page by page, with whom it did not reach and why', async () => {
  const keys = [await deadPage(), await deadPage(), await deadPage()];
  const first = await api.call('GET', `${base}/dead-letters?limit=2`);
  expect(first.body['items']).toMatchObject([
    {
      key: keys[0],
      person: 'ann',
      message: 'page',
      attempts: 1,
      error: '550 <…>: no such mailbox',
    },
    { key: keys[1] },
  ]);
  const cursor = String(first.body['nextCursor']);
  const second = await api.call('GET', `${base}/dead-letters?limit=2&cursor=${cursor}`);
  expect(second.body).toMatchObject({ items: [{ key: keys[2] }], nextCursor: null });
});

test('sent again it is open under the same key, its record is woken and tells who asked', async () => {
  const key = await deadPage();
  const by = await api.key('lea', ['manager']);
  const answer = await sendAgain(key, {}, by);
  expect([answer.status, answer.body]).toEqual([200, { key, number: key.split('/')[0], seq: 3 }]);
  const effect = await findEffect(api.pool, key);
  expect(effect?.state).toBe('pending');
  expect(effect?.giveUpAt).toBeGreaterThan(Date.now());
  expect((await wakeBacklog(api.pool)).waiting).toBe(1);
  const timeline = await api.call('GET', `/api/v1/incidents/${key.split('/')[0] ?? ''}/timeline`);
  const entries = timeline.body['items'] as { type: string; summary: string }[];
  expect(entries.find(({ type }) => type === 'effectRetried')?.summary).toMatch(
    new RegExp(`${key}.* sent again by Lea`),
  );
});

test('a repeat with the same Idempotency-Key gets the same answer, without one it is refused', async () => {
  const key = await deadPage();
  const headers = { 'idempotency-key': 'again-1' };
  expect((await sendAgain(key, headers)).status).toBe(200);
  expect((await sendAgain(key, headers)).body).toMatchObject({ key, seq: 3 });
  const other = await sendAgain(key);
  expect([other.status, other.body['detail']]).toEqual([
    409,
    `${key} is pending: it was not given up`,
  ]);
});

test('a page that was answered in the meantime is not sent again, and nothing changes', async () => {
  const key = await deadPage();
  const number = key.split('/')[0] ?? '';
  await api.call('POST', `/api/v1/incidents/${number}/acknowledge`, { body: {} });
  const answer = await sendAgain(key);
  expect(answer.status).toBe(409);
  expect(answer.body['detail']).toMatch(/wanted no more: .* ended with "acknowledged"/);
  expect((await findEffect(api.pool, key))?.state).toBe('dead');
  const record = await api.call('GET', `/api/v1/incidents/${number}`);
  expect(record.body['seq']).toBe(3);
});

const dismiss = (key: string, headers: Record<string, string> = {}, by?: string) =>
  api.call('POST', `${base}/dead-letters/${encodeURIComponent(key)}/dismiss`, {
    headers,
    body: { reason: 'The mailbox is gone' },
    ...(by === undefined ? {} : { key: by }),
  });
const listed = async () => (await api.call('GET', `${base}/dead-letters`)).body['items'];
const counted = async () =>
  /^provisor_effects_dead (\d+)$/m.exec(
    await fetch(`${api.url}/metrics`).then((answer) => answer.text()),
  )?.[1];

test('what is dismissed leaves list and metric, its record tells who did so and why, and the ledger keeps that it was given up', async () => {
  const key = await deadPage();
  expect(await counted()).toBe('1');
  const by = await api.key('lea', ['manager']);
  const answer = await dismiss(key, {}, by);
  const number = key.split('/')[0] ?? '';
  expect([answer.status, answer.body]).toEqual([200, { key, number, seq: 3 }]);
  expect(await listed()).toEqual([]);
  expect(await counted()).toBe('0');
  const timeline = await api.call('GET', `/api/v1/incidents/${number}/timeline`);
  const entries = timeline.body['items'] as { type: string; summary: string }[];
  expect(entries.find(({ type }) => type === 'deadLetterDismissed')?.summary).toBe(
    `${key}, which was given up, dismissed by Lea: The mailbox is gone`,
  );
  const ledger = await api.call('GET', `/api/v1/notifications?number=${number}&state=dead`);
  expect(ledger.body['items']).toMatchObject([{ key, state: 'dead' }]);
});

test('a dismissal is repeated under its Idempotency-Key, and refused a second time without one', async () => {
  const key = await deadPage();
  const headers = { 'idempotency-key': 'dismiss-1' };
  expect((await dismiss(key, headers)).body).toMatchObject({ key, seq: 3 });
  expect((await dismiss(key, headers)).body).toMatchObject({ key, seq: 3 });
  expect((await dismiss(key)).body).toMatchObject({ status: 409 });
});

test('a dismissal needs a reason', async () => {
  const key = await deadPage();
  const path = `${base}/dead-letters/${encodeURIComponent(key)}/dismiss`;
  const answer = await api.call('POST', path, { body: {} });
  expect([answer.status, answer.body['errors']]).toEqual([
    422,
    [expect.objectContaining({ pointer: '/reason' })],
  ]);
});

test('what was dismissed may be sent again, and is listed again when that is in vain', async () => {
  const key = await deadPage();
  await dismiss(key);
  expect((await sendAgain(key)).status).toBe(200);
  await finishEffect(api.pool, key, 'dead', Date.now(), SAID);
  expect(await listed()).toMatchObject([{ key }]);
});

test('an address that a receiver repeats is shown neither on the timeline nor in the explanation', async () => {
  const key = await deadPage();
  const path = `/api/v1/incidents/${key.split('/')[0] ?? ''}`;
  const shown = await Promise.all(
    ['timeline', 'explain'].map(async (view) => (await api.call('GET', `${path}/${view}`)).body),
  );
  for (const view of shown) {
    expect(JSON.stringify(view)).toContain('550 <…>: no such mailbox');
    expect(JSON.stringify(view)).not.toContain('ann@example.org');
  }
});

test.each(['INC-1/99/0', 'INC-999/1/0', 'nonsense', '%00', 'INC-1/1/99999999999'])(
  'there is no dead letter %s',
  async (key) => {
    await deadPage();
    expect((await sendAgain(key)).status).toBe(404);
    expect((await dismiss(key)).status).toBe(404);
  },
);

test('it is no command of the record', async () => {
  const key = await deadPage();
  const path = `/api/v1/incidents/${key.split('/')[0] ?? ''}/sendAgain`;
  expect((await api.call('POST', path, { body: { effect: key } })).status).toBe(404);
});

test('only managers and admins see and mend what failed', async () => {
  const key = await deadPage();
  const agent = await api.key('ann', ['agent', 'resolver']);
  const paths = [
    ['GET', `${base}/stalled`],
    ['GET', `${base}/dead-letters`],
    ['POST', `${base}/stalled/INC-1/retry`],
    ['POST', `${base}/dead-letters/${encodeURIComponent(key)}/send-again`],
    ['POST', `${base}/dead-letters/${encodeURIComponent(key)}/dismiss`],
  ] as const;
  for (const [method, path] of paths) {
    expect((await api.call(method, path, { key: agent })).status).toBe(403);
  }
});

test('stalled records are listed and counted; a retry of one that works takes it off', async () => {
  const number = await api.open();
  for (let count = 0; count < 5; count += 1) {
    await noteFailure(api.pool, number, 'tick', 'TypeError: x', Date.now());
  }
  const list = await api.call('GET', `${base}/stalled`);
  expect(list.body).toMatchObject({ items: [{ number, attempts: 5 }], nextCursor: null });
  const metrics = await fetch(`${api.url}/metrics`).then((answer) => answer.text());
  expect(metrics).toMatch(/^provisor_records_stalled 1$/m);
  const retried = await api.call('POST', `${base}/stalled/${number}/retry`);
  expect([retried.status, retried.body]).toEqual([200, { number }]);
  const repeated = await api.call('POST', `${base}/stalled/${number}/retry`);
  expect([repeated.status, repeated.body]).toEqual([200, { number }]);
  expect((await api.call('POST', `${base}/stalled/INC-999/retry`)).status).toBe(404);
  expect((await api.call('GET', `${base}/stalled`)).body['items']).toEqual([]);
});

test.each(['limit=0', 'cursor=x', 'cursor=OTk5OTk5OTk5OTk5OTk5IElOQy0x', 'colour=red'])(
  'a list asked for with %s names the parameter',
  async (query) => {
    const answer = await api.call('GET', `${base}/dead-letters?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body['errors']).toMatchObject([{ parameter: query.split('=')[0] }]);
  },
);
