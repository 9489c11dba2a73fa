import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { answerRoutes } from '../../api/routes/answer.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { readLink, useLink } from '../../records/links.ts';
import type { LinkOutcome } from '../../records/links.ts';
import { usePolicy } from '../helpers/database.ts';
import { lea, secret, startAnswerPages } from './answerPages.ts';
import type { AnswerPages } from './answerPages.ts';
import { createBrowser, press } from './browser.ts';
import type { Browser, Shown } from './browser.ts';

const title = 'Web shop <script>alert(1)</script>';

let pages: AnswerPages;
let database: AnswerPages['database'];
let engine: Engine;
let phone: Browser;
let clock: Instant;
let wakes: number;

beforeAll(async () => {
  pages = await startAnswerPages({ clock: () => clock, onWake: () => (wakes += 1) });
  ({ database, engine } = pages);
});

afterAll(() => pages.stop());

beforeEach(() => {
  clock = Date.now();
  wakes = 0;
  phone = createBrowser(pages.url);
});

afterEach(async () => {
  await usePolicy(database.pool, (policy) => policy);
});

const seen = { answer: 'acknowledge' } as const;

/** A link as ann's telephone opens it. */
const opened = (token: string) => ({ token, browser: 'a telephone' });

const acknowledge = (token: string): Promise<LinkOutcome> =>
  useLink(engine, secret, opened(token), seen, clock);

/** An incident that pages, and the link of its first page to ann that gives every answer. */
async function paged(): Promise<{ number: string; token: string }> {
  const { number, links } = await pages.paged(title);
  wakes = 0;
  return { number, token: links.answer };
}

const nextPage = async (number: string): Promise<string> => (await pages.nextPage(number)).answer;

const link = async (number: string, effectKey: string): Promise<string> =>
  (await pages.linksOf(number, effectKey)).answer;

async function answerOf(number: string): Promise<unknown> {
  return (await findRecord(database.pool, number))?.fields['answeredBy'];
}

function get(path: string, method: 'GET' | 'HEAD' | 'POST' = 'GET'): Promise<Shown> {
  return method === 'POST' ? phone.post(path) : phone.get(path, method);
}

const post = (token: string, form: Record<string, string>): Promise<Shown> =>
  phone.post(`/a/${token}`, form);

test('GET and HEAD show the page and change nothing, however often a scanner fetches it', async () => {
  const { number, token } = await paged();
  for (const method of ['GET', 'HEAD', 'GET'] as const) {
    expect((await get(`/a/${token}`, method)).status).toBe(200);
  }
  expect((await findRecord(database.pool, number))?.seq).toBe(2);
  const { body } = await get(`/a/${token}`);
  expect(body).toMatch(/<button [^>]*value="acknowledge"[^>]*>Acknowledge<\/button>/);
  for (const text of [number, 'new: Nobody owns it yet', 'Web shop', 'You answer as Ann'])
    expect(body).toContain(text);
});

test('the page keeps its address to itself, runs no script and escapes what people wrote', async () => {
  const { token } = await paged();
  const { headers, body } = await get(`/a/${token}`);
  expect(body).toContain('Web shop &lt;script&gt;alert(1)&lt;/script&gt;');
  expect(body).not.toContain('<script');
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, ann: { ...policy.people['ann']!, name: title } },
  }));
  for (const { body: named } of [await get(`/a/${token}`), await post(token, { answer: 'take' })]) {
    expect(named).toContain('Web shop &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(named).not.toContain('<script');
  }
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-robots-tag')).toContain('noindex');
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
});

test('POST acknowledges as the person of the link, once, and wakes the workflow', async () => {
  const { number, token } = await paged();
  const first = await get(`/a/${token}`, 'POST');
  expect(first.status).toBe(200);
  expect(first.body).toContain('it is acknowledged');
  expect(await answerOf(number)).toBe('ann');
  expect(wakes).toBe(1);
  const again = await get(`/a/${token}`, 'POST');
  expect(again.body).toContain('You gave this answer already');
  expect(again.body).toContain('acknowledged by Ann');
  expect((await findRecord(database.pool, number))?.seq).toBe(3);
});

test('one link takes each answer once: a page is acknowledged, noted, taken and resolved from a telephone', async () => {
  const { number, token } = await paged();
  const texts: Record<string, string> = {
    note: 'Looking at it\r\nfrom the train',
    resolve: 'Restarted the shop',
  };
  for (const answer of ['acknowledge', 'note', 'take', 'resolve']) {
    const form = { answer, text: texts[answer] ?? '', code: 'fixed' };
    expect([answer, (await post(token, form)).status]).toEqual([answer, 200]);
    const again = await post(token, form);
    expect(again.body).toContain('a page takes each once');
  }
  const record = await findRecord(database.pool, number);
  expect(record?.state).toBe('resolved');
  expect(record?.fields).toMatchObject({ answeredBy: 'ann', assignee: 'ann', team: 'operations' });
  const events = await readEvents(database.pool, number);
  expect(events.slice(2).map(({ type, actor }) => [type, actor.id])).toEqual([
    ['acknowledged', 'ann'],
    ['commented', 'ann'],
    ['assigned', 'ann'],
    ['resolved', 'ann'],
  ]);
  expect(events[3]?.data['visibility']).toBe('internal');
});

test.each([
  ['acknowledge', { type: 'acknowledged' }],
  ['snooze', { type: 'snoozed' }],
  ['escalate', { type: 'escalated' }],
  ['take', { type: 'assigned', data: { assignee: 'ann' } }],
  // The first team of the list.
  ['assign', { type: 'assigned', data: { team: 'empty' } }],
  ['note', { type: 'commented' }],
  ['resolve', { type: 'resolved', data: { code: 'fixed' } }],
])('a button on the page answers, with what its form holds: %s', async (answer, event) => {
  const { number, token } = await paged();
  expect((await press(phone, `/a/${token}`, answer, 'Restarted')).status).toBe(200);
  const [, , given] = await readEvents(database.pool, number);
  expect(given).toMatchObject(event);
});

test('after the own acknowledgement the page goes on: it offers what is left, not what was given', async () => {
  const { token } = await paged();
  await post(token, { answer: 'acknowledge' });
  const { status, body } = await get(`/a/${token}`);
  expect(status).toBe(200);
  expect(body).toContain('It was acknowledged by Ann');
  expect(body).not.toContain('value="acknowledge"');
  expect(body).toContain('value="resolve"');
});

test("somebody else's acknowledgement ends the link: whoever comes late changes nothing by any answer", async () => {
  const { number, token } = await paged();
  await commit(engine, number, 'acknowledge', {}, { actor: lea, now: clock });
  for (const answer of ['snooze', 'escalate', 'take', 'note', 'resolve']) {
    const late = await post(token, { answer, minutes: '15', text: 'x', code: 'fixed' });
    expect(late.body).toContain('Nothing is left to do. It was acknowledged by Lea');
  }
  expect((await findRecord(database.pool, number))?.seq).toBe(3);
});

test('escalating by the link pages the next step, and can be acknowledged still', async () => {
  const { number, token } = await paged();
  expect((await post(token, { answer: 'escalate' })).body).toContain('The next step is paged now');
  const [, , escalated] = await readEvents(database.pool, number);
  expect(escalated?.type).toBe('escalated');
  expect((await post(token, { answer: 'acknowledge' })).status).toBe(200);
  expect(await answerOf(number)).toBe('ann');
});

test('a snooze answers, and pages again after its minutes', async () => {
  const { number, token } = await paged();
  expect((await post(token, { answer: 'snooze', minutes: '30' })).status).toBe(200);
  const record = await findRecord(database.pool, number);
  expect(record?.fields).toMatchObject({ answeredBy: 'ann', snoozed: true });
  expect(record?.fields['pageAgainAt']).toBe(clock + 30 * MINUTE);
});

test.each([
  ['note', { text: ' ' }, 'text must not be empty', ''],
  ['resolve', { text: 'Back <up>', code: '' }, 'code must be a name', 'Back &lt;up&gt;</textarea>'],
  ['snooze', { minutes: '0' }, 'minutes', ''],
])(
  '%s that cannot be taken says why, keeps what was written, and uses nothing up',
  async (answer, form, says, kept) => {
    const { number, token } = await paged();
    const { status, body } = await post(token, { answer, ...form });
    expect(status).toBe(422);
    expect(body).toContain(says);
    expect(body).toContain(kept);
    expect((await findRecord(database.pool, number))?.seq).toBe(2);
    const good = { answer, text: 'Now', code: 'fixed', minutes: '15' };
    expect((await post(token, good)).status).toBe(200);
  },
);

test('an answer that the page does not know, and a form without end, change nothing', async () => {
  const { number, token } = await paged();
  expect((await post(token, { answer: 'redact', text: 'x' })).status).toBe(400);
  expect((await post(token, { answer: 'note', text: 'x'.repeat(300_000) })).status).toBe(413);
  expect((await findRecord(database.pool, number))?.seq).toBe(2);
});

test('where several must acknowledge, the first is told that another one must too', async () => {
  const { number } = await paged();
  const { answer: token } = await pages.nextPage(number, 2);
  expect((await get(`/a/${token}`, 'POST')).body).toContain(
    'Somebody else must acknowledge it too',
  );
  expect(await answerOf(number)).toBeNull();
});

test('of many answers at once one counts', async () => {
  const { number, token } = await paged();
  const all = await Promise.all(Array.from({ length: 8 }, () => acknowledge(token)));
  const kinds = all.map(({ kind }) => kind).sort();
  expect(kinds).toEqual(['given', ...Array<string>(7).fill('used')]);
  expect((await findRecord(database.pool, number))?.seq).toBe(3);
});

test('an incident that somebody else acknowledged is good news, not an error', async () => {
  const { number, token } = await paged();
  await commit(engine, number, 'acknowledge', {}, { actor: lea, now: clock });
  expect((await get(`/a/${token}`)).body).toContain(
    'Nothing is left to do. It was acknowledged by Lea',
  );
  const used = await acknowledge(token);
  expect(used).toMatchObject({
    kind: 'over',
    subject: { answer: { by: 'Lea', at: clock } },
  });
});

test('an incident that was cancelled needs no answer', async () => {
  const { number, token } = await paged();
  await commit(engine, number, 'cancel', { reason: 'a drill' }, { actor: lea, now: clock });
  expect(await acknowledge(token)).toMatchObject({
    kind: 'over',
    subject: { answer: null },
  });
});

describe('a link of a page that is over', () => {
  const give = (number: string, command: string, input: object = {}) =>
    commit(engine, number, command, input, { actor: lea, now: clock });

  const answered: readonly [string, object][] = [['acknowledge', {}]];
  const solved: readonly [string, object][] = [
    ['resolve', { code: 'fixed', notes: 'Restarted' }],
    ['reopen', { reason: 'Down again' }],
  ];

  test.each<[string, readonly [string, object][]]>([
    ['the record was reopened, though nobody had answered', solved],
    ['the record was reopened after an answer', [...answered, ...solved]],
    ['somebody escalated after an answer', [...answered, ['escalate', { reason: 'Hurry' }]]],
  ])('does not answer the next one: %s', async (_what, commands) => {
    const { number } = await paged();
    const token = await nextPage(number);
    for (const [command, input] of commands) {
      expect(await give(number, command, input)).toMatchObject({ ok: true });
    }
    expect((await get(`/a/${token}`)).body).toContain('belongs to an earlier page');
    expect((await get(`/a/${token}`, 'POST')).status).toBe(410);
    expect(await answerOf(number)).toBeNull();
    const newest = await nextPage(number);
    expect((await acknowledge(newest)).kind).toBe('given');
    expect((await acknowledge(token)).kind).toBe('over');
  });

  test('does not answer the next one though the same person acknowledged both', async () => {
    const { number, token } = await paged();
    expect((await acknowledge(token)).kind).toBe('given');
    clock += MINUTE;
    expect(await give(number, 'escalate', { reason: 'Hurry' })).toMatchObject({ ok: true });
    expect((await acknowledge(await nextPage(number))).kind).toBe('given');
    const note = { answer: 'note', written: { text: 'x' } } as const;
    const used = await useLink(engine, secret, opened(token), note, clock);
    expect(used.kind).toBe('over');
  });
});

test('a link that was changed in any part is not valid, and the database is not asked', async () => {
  const { number, token } = await paged();
  const [id = '', expires = '', signature = ''] = token.split('.');
  const blind = { ...engine, pool: undefined } as unknown as Engine;
  const other = await link(number, `${number}/2/1`);
  const changed = [
    '',
    'x',
    '__proto__',
    id,
    `${id}.${expires}`,
    `${id}.${Number(expires) + 1}.${signature}`,
    `${id}.0${expires}.${signature}`,
    `${other.split('.')[0]!}.${expires}.${signature}`,
    `${id}.${expires}.${signature.slice(0, -1)}`,
    `${id}.${expires}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
    `${token}.`,
    `${token}\n`,
    token.toUpperCase(),
  ];
  for (const candidate of changed) {
    expect(await readLink(blind, secret, opened(candidate), clock)).toEqual({ kind: 'invalid' });
    expect(await useLink(blind, secret, opened(candidate), seen, clock)).toEqual({
      kind: 'invalid',
    });
  }
  expect(await useLink(blind, `${secret}2`, opened(token), seen, clock)).toEqual({
    kind: 'invalid',
  });
  expect((await get(`/a/${token}x`, 'POST')).status).toBe(404);
  expect((await get('/a/%zz')).status).toBe(404);
  expect((await get(`/A/${token}`)).status).toBe(404);
  expect(await answerOf(number)).toBeNull();
});

test('an expired link answers no more, and the database is not asked', async () => {
  const { number, token } = await paged();
  clock += HOUR;
  const blind = { ...engine, pool: undefined } as unknown as Engine;
  expect(await readLink(blind, secret, opened(token), clock)).toEqual({ kind: 'expired' });
  expect((await get(`/a/${token}`)).status).toBe(410);
  expect((await get(`/a/${token}`, 'POST')).status).toBe(410);
  expect(await answerOf(number)).toBeNull();
});

test('somebody who left cannot answer, and can again when the policy has them back', async () => {
  const { number, token } = await paged();
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, ann: { name: 'Ann', active: false } },
  }));
  expect((await get(`/a/${token}`)).status).toBe(403);
  expect((await get(`/a/${token}`, 'POST')).status).toBe(403);
  expect(await answerOf(number)).toBeNull();
  await usePolicy(database.pool, (policy) => policy);
  expect((await acknowledge(token)).kind).toBe('given');
});

test('every attempt at a message carries the same link', async () => {
  const { number, token } = await paged();
  expect(await link(number, `${number}/2/0`)).toBe(token);
  expect(await link(number, `${number}/2/1`)).not.toBe(token);
});

test('a fault is a page too, tells nothing of itself, and uses nothing up', async () => {
  const { number, token } = await paged();
  const broken = {
    ...engine,
    pool: { connect: () => Promise.reject(new Error('password=hunter2')) },
  };
  const app = express().use(
    answerRoutes({ engine: broken as unknown as Engine, secret, publicUrl: pages.url }),
  );
  const other = app.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const response = await fetch(
    `http://127.0.0.1:${(other.address() as AddressInfo).port}/a/${token}`,
    { method: 'POST' },
  );
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('hunter2');
  other.close();
  expect(await answerOf(number)).toBeNull();
});
