import type { Server } from 'node:http';
import pg from 'pg';
import { adoptNamespace } from '../../db/identity.ts';
import { migrate } from '../../db/migrate.ts';
import { createPool, inTransaction } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import { bootstrapKey } from '../../records/keys.ts';
import { ensureNumbers } from '../../records/numbers.ts';
import { ADMIN, callApi, listen, quietDeps } from '../api/support.ts';
import type { Answer } from '../api/support.ts';
import { testEngine, testNamespace, usePolicy } from '../helpers/database.ts';
import { createTestServer } from '../helpers/postgres.ts';
import type { TestServer } from '../helpers/postgres.ts';
import { until } from '../helpers/system.ts';

/** The API on a PostgreSQL of its own that is full, starts, is read-only, is locked, or is gone. */
let server: TestServer;
let pool: Pool;
let http: Server;
let url: string;

beforeAll(async () => {
  server = await createTestServer();
  await server.start();
  await migrate(server.url);
  pool = createPool(server.url, 4);
  await ensureNumbers(pool);
  await usePolicy(pool, (policy) => policy);
  await adoptNamespace(pool, testNamespace, Date.now());
  await bootstrapKey(pool, ADMIN, Date.now());
  ({ server: http, url } = await listen(quietDeps(testEngine(pool))));
}, 60_000);
afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await pool.end();
  await server.drop();
});

const restart = async (settings?: Record<string, string>): Promise<void> => {
  await server.stop();
  await server.start(settings);
};

let opened = 0;
/** An incident that is to be opened; calling it again repeats the request under its key. */
function opening(): () => Promise<Answer> {
  opened += 1;
  const body = { title: `Incident ${opened}`, impact: 3, urgency: 3 };
  const headers = { 'idempotency-key': `open-${opened}` };
  return () => callApi(url, 'POST', '/api/v1/incidents', { body, headers });
}

/** An alert that is to be taken in; calling it again repeats the delivery. */
function alerting(): () => Promise<Answer> {
  opened += 1;
  const body = {
    version: '4',
    groupKey: `group ${opened}`,
    truncatedAlerts: 0,
    status: 'firing',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'Latency', service: 'shop' },
        annotations: { summary: `Incident ${opened}` },
        startsAt: '2026-03-02T08:00:00Z',
        fingerprint: 'a',
      },
    ],
  };
  return () => callApi(url, 'POST', '/api/v1/intake/alertmanager', { body });
}

/** A refusal that may be repeated, says so, and shows nothing of the inside. */
function expectNotNow({ status, headers, body }: Answer): void {
  expect({ status, type: headers.get('content-type'), body }).toEqual({
    status: 503,
    type: 'application/problem+json; charset=utf-8',
    body: {
      type: 'urn:provisor:problem:unavailable',
      title: 'Temporarily unavailable',
      status: 503,
      detail:
        'the database does not answer; the request may have been applied: repeat it with the same Idempotency-Key',
      traceId: expect.any(String) as string,
    },
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

/** While PostgreSQL says no, both doors answer 503; when it is mended, each repeat is applied, once. */
async function refusedThenOnce(during: (ask: () => Promise<void>) => Promise<void>): Promise<void> {
  const requests = [opening(), alerting()];
  await during(async () => {
    for (const request of requests) expectNotNow(await request());
  });
  await until('PostgreSQL', async () => {
    const { status } = await callApi(url, 'GET', '/readyz');
    return status === 200;
  });
  const numbers: unknown[] = [];
  for (const request of requests) {
    const first = await request();
    expect([200, 201]).toContain(first.status);
    expect((await request()).body['number']).toBe(first.body['number']);
    numbers.push(first.body['number']);
  }
  const { rows } = await pool.query<{ count: string }>(
    `select count(*) from records r join texts t on t.id = r.fields ->> 'title' where t.body = any($1)`,
    [[`Incident ${opened - 1}`, `Incident ${opened}`]],
  );
  expect(rows[0]?.count).toBe('2');
  expect(new Set(numbers).size).toBe(2);
}

const readiness = async (): Promise<unknown> => {
  const { status, body } = await callApi(url, 'GET', '/readyz');
  return [status, body['status'], (body['checks'] as Record<string, unknown>)['database']];
};

describe('503, that may be repeated, is the answer of both the API and the intake', () => {
  test(
    'while PostgreSQL is gone (connection refused)',
    () =>
      refusedThenOnce(async (ask) => {
        await server.stop();
        await ask();
        expect(await readiness()).toEqual([
          503,
          'down',
          { status: 'down', detail: 'does not answer' },
        ]);
        await server.start();
      }),
    60_000,
  );

  test(
    'while it starts up (57P03)',
    () =>
      refusedThenOnce(async (ask) => {
        await server.stop();
        server.demote();
        // A standby that nobody may read is one that starts up for ever.
        await server.start({ hot_standby: 'off' });
        await expect(new pg.Client(server.url).connect()).rejects.toMatchObject({ code: '57P03' });
        await ask();
        await restart();
        await pool.query('select pg_promote()');
      }),
    60_000,
  );

  test(
    'while it is read-only after a failover (25006), and /readyz says so',
    () =>
      refusedThenOnce(async (ask) => {
        server.demote();
        await restart();
        await ask();
        expect(await readiness()).toEqual([
          503,
          'down',
          { status: 'down', detail: 'is read-only: it is a standby, or was set so' },
        ]);
        await pool.query('select pg_promote()');
      }),
    60_000,
  );

  test(
    'while others have all its connections (53300)',
    () =>
      refusedThenOnce(async (ask) => {
        await restart({ max_connections: '10' });
        const others: pg.Client[] = [];
        await until('the refusal of another connection', async () => {
          const client = new pg.Client(server.url);
          return client.connect().then(
            () => {
              others.push(client);
              return false;
            },
            (error: unknown) => (error as { code?: unknown }).code === '53300',
          );
        });
        // The pool's own were lost in the restart: it needs new ones, and gets none.
        await ask();
        await Promise.all(others.map((client) => client.end()));
      }),
    60_000,
  );

  test(
    'while somebody holds a lock on what it writes until the time limit of a statement (57014)',
    () =>
      refusedThenOnce(async (ask) => {
        const holder = new pg.Client(server.url);
        await holder.connect();
        await holder.query('begin; lock table events in access exclusive mode');
        await ask();
        await holder.end();
      }),
    60_000,
  );

  test(
    'while its connections are ended under it (57P01)',
    () =>
      refusedThenOnce(async (ask) => {
        await pool.query(
          `create function end_connection() returns trigger language plpgsql as
         'begin perform pg_terminate_backend(pg_backend_pid()); return null; end'`,
        );
        await pool.query(
          'create trigger fault before insert on events for each statement execute function end_connection()',
        );
        await ask();
        await pool.query('drop function end_connection cascade');
      }),
    60_000,
  );

  test.each([
    ['a serialisation failure', '40001'],
    ['a deadlock', '40P01'],
    ['a lock that was not had in time', '55P03'],
    ['a full disk', '53100'],
    ['no memory left', '53200'],
  ])(
    'at %s (%s)',
    (_what, code) =>
      refusedThenOnce(async (ask) => {
        await pool.query(
          `create function fail() returns trigger language plpgsql as
           'begin raise exception ''could not'' using errcode = ''${code}''; end'`,
        );
        await pool.query(
          'create trigger fault before insert on events for each statement execute function fail()',
        );
        await ask();
        await pool.query('drop function fail cascade');
      }),
    60_000,
  );
});

test('a fault that repeating does not mend is 500, and tells the caller nothing but its trace id', async () => {
  await pool.query('alter table events rename to events_elsewhere');
  const { status, headers, body } = await opening()();
  await pool.query('alter table events_elsewhere rename to events');
  expect([status, headers.get('retry-after')]).toEqual([500, null]);
  expect(body).toEqual({
    type: 'urn:provisor:problem:fault',
    title: 'Internal error',
    status: 500,
    detail: 'something went wrong here; the operator finds it by the trace id',
    traceId: expect.any(String) as string,
  });
});

test('a connection whose server turned out to be read-only is not used again: the next one finds the new primary', async () => {
  const one = createPool(server.url, 1);
  const pidOf = async (): Promise<number | undefined> =>
    (await one.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  const before = await pidOf();
  const writing = inTransaction(one, async (tx) => {
    await tx.query('set transaction read only');
    await tx.query('delete from wakes');
  });
  await expect(writing).rejects.toMatchObject({ code: '25006' });
  expect(await pidOf()).not.toBe(before);
  await one.end();
});
