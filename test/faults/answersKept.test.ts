import type { Server } from 'node:http';
import pg from 'pg';
import { pino } from 'pino';
import { startInboundSweep } from '../../api/inboundSweep.ts';
import { effectsOf } from '../../db/effects.ts';
import { readEvents } from '../../db/events.ts';
import { adoptNamespace } from '../../db/identity.ts';
import { migrate } from '../../db/migrate.ts';
import { createPool } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import { systemActor } from '../../domain/actor.ts';
import { toIso } from '../../domain/time.ts';
import { buttonToken } from '../../records/answers.ts';
import { callbackPaths } from '../../records/callbacks.ts';
import { commit, open } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { ensureNumbers } from '../../records/numbers.ts';
import { listen, quietDeps, SECRET } from '../api/support.ts';
import { testEngine, testNamespace, usePolicy } from '../helpers/database.ts';
import { createTestServer } from '../helpers/postgres.ts';
import type { TestServer } from '../helpers/postgres.ts';
import { until } from '../helpers/system.ts';

/** No Temporal, and a PostgreSQL of its own that crashes between an answer and its effect. */
let server: TestServer;
let pool: Pool;
let engine: Engine;
let http: Server;
let url: string;
let stopSweep: () => Promise<void>;

beforeAll(async () => {
  server = await createTestServer();
  await server.start();
  await migrate(server.url);
  pool = createPool(server.url, 4);
  await ensureNumbers(pool);
  await usePolicy(pool, (policy) => policy);
  await adoptNamespace(pool, testNamespace, Date.now());
  await pool.query(
    `insert into contact_methods (id, person, kind, address, label, created_at, created_by, verified_at)
     values ('cm_ann', 'ann', 'mattermost', 'https://chat.example.org/hooks/ann', 'x', $1, 'ann', $1)`,
    [toIso(Date.now())],
  );
  engine = testEngine(pool);
  ({ server: http, url } = await listen(quietDeps(engine)));
}, 60_000);
afterAll(async () => {
  await stopSweep();
  http.closeAllConnections();
  http.close();
  await pool.end();
  await server.drop();
});

/** An incident that pages Ann. @returns its number, and the key of her page in Mattermost */
async function paged(): Promise<{ number: string; key: string }> {
  const now = Date.now();
  const incident = processOf(engine, 'incident');
  const lea = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'main' } as const;
  const input = { title: 'Shop down', impact: 1, urgency: 1 };
  const opened = await open(engine, incident, input, { actor: lea, now });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = { escalation: 'e', rule: 'r', people: ['ann'] };
  await commit(engine, number, 'page', step, { actor: systemActor('test', 'main'), now });
  const page = (await effectsOf(pool, number)).find(({ channel }) => channel === 'mattermost');
  return { number, key: page!.key };
}

async function press(key: string): Promise<{ status: number; text: string }> {
  const token = buttonToken(SECRET, key, 'acknowledge');
  const context = { key, command: 'acknowledge', token };
  const body = JSON.stringify({ user_id: 'u1', post_id: 'p1', context });
  const response = await fetch(`${url}${callbackPaths.mattermost}`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

test('an answer that was kept when PostgreSQL crashed has its effect once it is back, by the sweep, and the outage costs it no attempt', async () => {
  const { number, key } = await paged();
  const holder = new pg.Client(server.url);
  // The crash breaks its connection too.
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('begin');
  await holder.query('select 1 from records where number = $1 for update', [number]);
  const { status, text } = await press(key);
  expect([status, text]).toEqual([200, expect.stringContaining('Your answer is kept')]);

  stopSweep = startInboundSweep({ engine, logger: pino({ level: 'silent' }) }, 100);
  await until('an attempt of the sweep', async () => {
    const { rows } = await pool.query<{ waits: boolean }>(
      `select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock') as waits`,
    );
    return rows[0]?.waits === true;
  });
  await server.crash();
  await server.start();
  await until('the acknowledgement', async () => {
    const events = await readEvents(pool, number).catch(() => []);
    return events.some(({ type, actor }) => type === 'acknowledged' && actor.id === 'ann');
  });
  const { rows } = await pool.query('select attempts, outcome from inbound_answers');
  expect(rows).toEqual([{ attempts: 0, outcome: 'given' }]);
}, 60_000);
