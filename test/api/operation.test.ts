import type { Server } from 'node:http';
import { pino } from 'pino';
import { createPool } from '../../db/pool.ts';
import { testEngine } from '../helpers/database.ts';
import { ADMIN, callApi, listen, quietDeps, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
const servers: Server[] = [];
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  for (const server of servers) server.close();
  await api.stop();
});

const down = {
  up: false,
  workers: false,
  detail: 'Temporal does not answer: timers and pages wait',
};

describe('readiness', () => {
  test('is ok when all is well', async () => {
    const answer = await api.call('GET', '/readyz');
    expect([answer.status, answer.body['status']]).toEqual([200, 'ok']);
  });

  test.each([
    ['Temporal down', down],
    ['no worker', { up: true, workers: false, detail: 'no worker polls: timers and pages wait' }],
  ])('%s: ready but degraded, for timers and pages wait', async (_what, health) => {
    const { server, url } = await listen(
      quietDeps(api.engine, { temporalHealth: () => Promise.resolve(health) }),
    );
    servers.push(server);
    const answer = await callApi(url, 'GET', '/readyz', { key: null });
    expect([answer.status, answer.body['status']]).toEqual([200, 'degraded']);
    expect(JSON.stringify(answer.body)).toContain('timers and pages wait');
    const opened = await callApi(url, 'POST', '/api/v1/incidents', {
      body: { title: 'x', impact: 1, urgency: 1 },
    });
    expect(opened.status).toBe(201);
  });

  test('a missing migration: not ready, and what to do', async () => {
    const other = await startApi();
    try {
      await other.pool.query("delete from migrations where name like '0002%'");
      const answer = await other.call('GET', '/readyz');
      expect(answer.status).toBe(503);
      expect(JSON.stringify(answer.body)).toContain('provisor migrate');
    } finally {
      await other.stop();
    }
  });
});

describe('without PostgreSQL', () => {
  let url: string;
  beforeAll(async () => {
    // Nobody listens at port 1.
    const pool = createPool('postgresql://nobody@127.0.0.1:1/nothing', 2);
    const listening = await listen(quietDeps(testEngine(pool)));
    servers.push(listening.server);
    url = listening.url;
  });

  test.each([
    ['GET', '/api/v1/incidents'],
    ['POST', '/api/v1/incidents'],
    ['POST', '/api/v1/incidents/INC-1/acknowledge'],
    ['POST', '/api/v1/intake/alertmanager'],
    ['GET', '/api/v1/keys'],
  ])('%s %s asks to come again with the same key', async (method, path) => {
    const answer = await callApi(url, method, path, method === 'POST' ? { body: {} } : {});
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body['detail']).toContain('repeat it with the same Idempotency-Key');
    expect(JSON.stringify(answer.body)).not.toContain('ECONNREFUSED');
  });

  test('the process lives, is not ready, and still shows its metrics', async () => {
    expect((await callApi(url, 'GET', '/livez', { key: null })).status).toBe(200);
    const ready = await callApi(url, 'GET', '/readyz', { key: null });
    expect([ready.status, ready.body['status']]).toEqual([503, 'down']);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^provisor_wakes_waiting nan$/im);
  });
});

test('a record that somebody else holds too long is 503, and nothing is written', async () => {
  const number = await api.open();
  const holder = await api.pool.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from records where number = $1 for update', [number]);
    const answer = await api.call('POST', `/api/v1/incidents/${number}/acknowledge`);
    expect(answer.status).toBe(503);
  } finally {
    await holder.query('rollback');
    holder.release();
  }
  expect((await api.call('GET', `/api/v1/incidents/${number}`)).body['seq']).toBe(1);
});

test('a fault that nobody expected tells the caller nothing but its trace id, and the log everything', async () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const engine = {
    ...api.engine,
    clock: () => {
      throw new Error('the secret plan');
    },
  };
  const { server, url } = await listen(quietDeps(engine, { logger }));
  servers.push(server);
  const answer = await callApi(url, 'POST', '/api/v1/incidents', {
    body: { title: 'x', impact: 1, urgency: 1 },
  });
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toMatch(/secret plan|\.ts/);
  const log = lines.join('');
  expect(log).toContain('the secret plan');
  expect(log).toContain(String(answer.body['traceId']));
});

test('the log holds no key, no query and no token of a link', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const { server, url } = await listen(quietDeps(api.engine, { logger }));
  servers.push(server);
  await callApi(url, 'GET', '/api/v1/incidents?assignee=canary-one');
  await callApi(url, 'GET', '/a/canary-two');
  await callApi(url, 'GET', '/api/v1/incidents', { key: `prv_canary-three-${'x'.repeat(20)}` });
  expect(lines.length).toBe(3);
  expect(lines.join('')).not.toMatch(/canary/);
  expect(lines.join('')).not.toContain(ADMIN);
});

test('metrics are labelled by the template of the route, never by a number', async () => {
  const number = await api.open();
  await api.call('GET', `/api/v1/incidents/${number}`);
  const text = await (await fetch(`${api.url}/metrics`)).text();
  expect(text).toContain('route="/api/v1/incidents/:number",status="200"');
  expect(text).not.toContain(number);
  for (const name of ['wakes_waiting', 'oldest_wake_seconds', 'temporal_up', 'effects_dead']) {
    expect(text).toContain(`provisor_${name}`);
  }
});

test('answers carry the security headers and no banner', async () => {
  const { headers } = await api.call('GET', '/api/v1/me');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('cache-control')).toContain('private');
});
