import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import helmet from 'helmet';
import { answerRoutes } from '../../api/routes/answer.ts';
import { findLink } from '../../db/links.ts';
import { findRecord } from '../../db/records.ts';
import { systemActor } from '../../domain/actor.ts';
import type { Actor } from '../../domain/actor.ts';
import { HOUR } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { createLink, readLink, useLink } from '../../records/links.ts';
import { createTestDatabase, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const secret = 'a secret of at least thirty-two characters';
const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };
const title = 'Web shop <script>alert(1)</script>';

let database: TestDatabase;
let engine: Engine;
let server: Server;
let base: string;
let clock: Instant;
let wakes: number;

beforeAll(async () => {
  database = await createTestDatabase();
  const made = testEngine(database.pool, () => clock);
  engine = { ...made, onWake: () => (wakes += 1) };
  const app = express().use(helmet()).use(answerRoutes({ engine, secret }));
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database.drop();
});

beforeEach(() => {
  clock = Date.now();
  wakes = 0;
});

afterEach(async () => {
  await usePolicy(database.pool, (policy) => policy);
});

/** An incident that pages, and the link of its first page to ann. */
async function paged(): Promise<{ number: string; token: string }> {
  const input = { title, service: 'shop', impact: 1, urgency: 1 };
  const opened = await open(engine, processOf(engine, 'incident'), input, {
    actor: lea,
    now: clock,
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  wakes = 0;
  return { number, token: await link(number) };
}

function link(number: string, effectKey = `${number}/2/0`): Promise<string> {
  const expiresAt = clock + HOUR;
  return createLink(engine, secret, {
    effectKey,
    number,
    organisation: 'acme',
    person: 'ann',
    command: 'acknowledge',
    expiresAt,
  });
}

async function answerOf(number: string): Promise<unknown> {
  return (await findRecord(database.pool, number))?.fields['answeredBy'];
}

async function get(
  path: string,
  method = 'GET',
): Promise<{ status: number; headers: Headers; body: string }> {
  const response = await fetch(`${base}${path}`, { method, redirect: 'error' });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

test('GET and HEAD show the page and change nothing, however often a scanner fetches it', async () => {
  const { number, token } = await paged();
  for (const method of ['GET', 'HEAD', 'GET']) {
    expect((await get(`/a/${token}`, method)).status).toBe(200);
  }
  expect((await findRecord(database.pool, number))?.seq).toBe(1);
  expect((await findLink(database.pool, token.split('.')[0]!))?.usedAt).toBeNull();
  const { body } = await get(`/a/${token}`);
  expect(body).toContain('<button type="submit">Acknowledge</button>');
  for (const text of [number, 'new: Nobody owns it yet', 'Web shop', 'You answer as Ann'])
    expect(body).toContain(text);
});

test('the page keeps its address to itself, runs no script and escapes what people wrote', async () => {
  const { token } = await paged();
  const { headers, body } = await get(`/a/${token}`);
  expect(body).toContain('Web shop &lt;script&gt;alert(1)&lt;/script&gt;');
  expect(body).not.toContain('<script');
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
  expect(again.status).toBe(410);
  expect(again.body).toContain('acknowledged by Ann');
  expect((await get(`/a/${token}`)).status).toBe(410);
  expect((await findRecord(database.pool, number))?.seq).toBe(2);
});

test('of many answers at once one counts', async () => {
  const { number, token } = await paged();
  const all = await Promise.all(
    Array.from({ length: 8 }, () => useLink(engine, secret, token, clock)),
  );
  const kinds = all.map(({ kind }) => kind).sort();
  expect(kinds).toEqual(['acknowledged', ...Array<string>(7).fill('used')]);
  expect((await findRecord(database.pool, number))?.seq).toBe(2);
});

test('an incident that somebody else acknowledged is good news, not an error', async () => {
  const { number, token } = await paged();
  await commit(engine, number, 'acknowledge', {}, { actor: lea, now: clock });
  expect((await get(`/a/${token}`)).body).toContain(
    'Nothing is left to do. It was acknowledged by Lea',
  );
  const used = await useLink(engine, secret, token, clock);
  expect(used).toMatchObject({
    kind: 'alreadyDone',
    subject: { answer: { by: 'Lea', at: clock } },
  });
});

test('an incident that was cancelled needs no answer', async () => {
  const { number, token } = await paged();
  await commit(engine, number, 'cancel', { reason: 'a drill' }, { actor: lea, now: clock });
  expect(await useLink(engine, secret, token, clock)).toMatchObject({
    kind: 'alreadyDone',
    subject: { answer: null },
  });
});

describe('a link of a page that is over', () => {
  const give = (number: string, command: string, input: object = {}) =>
    commit(engine, number, command, input, { actor: lea, now: clock });

  /** The link of the page that the record's escalation sends to ann now. */
  async function nextPage(number: string): Promise<string> {
    const seq = ((await findRecord(database.pool, number))?.seq ?? 0) + 1;
    const input = { escalation: 'e', round: 0, step: 0, rule: 'r', people: ['ann'] };
    const actor = systemActor('e', 'acme');
    const page = await commit(engine, number, 'page', input, { actor, now: clock });
    if (!page.ok) throw new Error(JSON.stringify(page.error));
    return link(number, `${number}/${seq}/0`);
  }

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
    expect((await useLink(engine, secret, newest, clock)).kind).toBe('acknowledged');
    expect((await useLink(engine, secret, token, clock)).kind).toBe('alreadyDone');
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
    expect(await readLink(blind, secret, candidate, clock)).toEqual({ kind: 'invalid' });
    expect(await useLink(blind, secret, candidate, clock)).toEqual({ kind: 'invalid' });
  }
  expect(await useLink(blind, `${secret}2`, token, clock)).toEqual({ kind: 'invalid' });
  expect((await get(`/a/${token}x`, 'POST')).status).toBe(404);
  expect((await get('/a/%zz')).status).toBe(404);
  expect((await get(`/A/${token}`)).status).toBe(404);
  expect(await answerOf(number)).toBeNull();
});

test('an expired link answers no more, and the database is not asked', async () => {
  const { number, token } = await paged();
  clock += HOUR;
  const blind = { ...engine, pool: undefined } as unknown as Engine;
  expect(await readLink(blind, secret, token, clock)).toEqual({ kind: 'expired' });
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
  expect((await useLink(engine, secret, token, clock)).kind).toBe('acknowledged');
});

test('every attempt at a message carries the same link', async () => {
  const { number, token } = await paged();
  expect(await link(number)).toBe(token);
  expect(await link(number, `${number}/2/1`)).not.toBe(token);
});

test('a fault is a page too, tells nothing of itself, and uses nothing up', async () => {
  const { number, token } = await paged();
  const broken = {
    ...engine,
    pool: { connect: () => Promise.reject(new Error('password=hunter2')) },
  };
  const app = express().use(answerRoutes({ engine: broken as unknown as Engine, secret }));
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
