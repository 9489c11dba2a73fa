import { pino } from 'pino';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { migrate } from '../../db/migrate.ts';
import { hurryNext } from '../../db/effects.ts';
import { createPool } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import { createTemporalHealth } from '../../api/temporalHealth.ts';
import { startWatch } from '../../api/watch.ts';
import type { WatchOptions } from '../../api/watch.ts';
import { systemActor } from '../../domain/actor.ts';
import { HOUR } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { readPaging } from '../../records/paging.ts';
import { startWatchHeartbeat } from '../../workers/watchHeartbeat.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { testDriver } from '../helpers/database.ts';
import { startMailbox } from '../helpers/mailbox.ts';
import type { Mailbox } from '../helpers/mailbox.ts';
import { createTestServer } from '../helpers/postgres.ts';
import { until } from '../helpers/system.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const opened = closeAfterEach();
const log = pino({ level: 'silent' });
const working = { up: true, workers: true, detail: 'a worker polls' };

let api: TestApi;
let mailbox: Mailbox;
let hook: Receiver;
beforeEach(async () => {
  api = await startApi();
  mailbox = opened(await startMailbox());
  hook = opened(await startReceiver());
});
afterEach(() => api.stop());

/** The watch of one API process, in a hurry. */
function watch(pool: Pool, more: Partial<WatchOptions> = {}): { crash(): void } {
  const config = readConfig({ SMTP_URL: mailbox.url, PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  const watching = startWatch({
    pool,
    log,
    temporalHealth: () => Promise.resolve(working),
    channels: createChannels(config, SECRET),
    email: 'operators@example.org',
    webhook: hook.url,
    publicUrl: 'https://desk.example.org',
    ...{ everyMs: 50, databaseAwayMs: 300, engineAwayMs: 300, steadyMs: 200 },
    ...more,
  });
  opened({ close: () => watching.stop() });
  return { crash: () => void watching.stop() };
}

interface Told {
  readonly type: string;
  readonly data: { readonly troubles: readonly string[] };
}
const told = (): string[] => hook.received.map(({ body }) => (JSON.parse(body) as Told).type);
const troubles = (): string => hook.received.map(({ body }) => body).join('\n');

/** Longer than any round of the watch: what was to be told is told. */
const someRounds = () => new Promise((resolve) => setTimeout(resolve, 500));

/** A wake that nobody has answered for so long. */
async function leaveWake(seconds: number): Promise<void> {
  const number = await api.open();
  await api.pool.query(
    'update wakes set since = clock_timestamp() - make_interval(secs => $2) where number = $1',
    [number, seconds],
  );
}

test('a wake that waits longer than 30 s fails readiness, and a load balancer may leave that out', async () => {
  await leaveWake(20);
  expect((await api.call('GET', '/readyz')).status).toBe(200);
  await leaveWake(40);
  const { status, body } = await api.call('GET', '/readyz');
  expect(status).toBe(503);
  expect(body['checks']).toMatchObject({
    wakes: { status: 'down', detail: expect.stringContaining('workflow: 2; the oldest') as string },
    database: { status: 'ok' },
  });
  const all = await api.call('GET', '/readyz?exclude=wakes,pages');
  expect([all.status, all.body['status']]).toEqual([200, 'ok']);
});

/** The only thing to do: asked for 40 s ago, and then changed as told. */
async function leaveEffect(set: string): Promise<void> {
  const number = await api.open();
  await api.pool.query('delete from wakes');
  await api.pool.query('delete from effects');
  await api.pool.query(
    `insert into effects (key, number, organisation, kind, payload, policy, created_at, queued_at, give_up_at)
     select $1, $2, 'main', 'notification', '{}', '', t, t, t + interval '1 hour' from (values (now() - interval '40 seconds')) as x(t)`,
    [`${number}/9/0`, number],
  );
  await api.pool.query(`update effects set ${set}`);
}

const page = `payload = '{"message": "page"}'`;

test.each([
  ['a page that was due 40 s ago and was never tried', page],
  [
    'a page whose worker died in the send more than 30 s ago',
    `${page}, state = 'started', attempts = 1, lease_until = now() - interval '40 seconds'`,
  ],
  [
    'a word to managers that nobody answered, due 40 s ago',
    `payload = '{"message": "exhausted", "urgency": "interrupting"}'`,
  ],
  ['an escalation that should have begun 40 s ago', "kind = 'escalation'"],
])('%s fails readiness', async (_, set) => {
  await leaveEffect(set);
  const { status, body } = await api.call('GET', '/readyz');
  expect([status, body['checks']]).toMatchObject([503, { pages: { status: 'down' } }]);
});

test.each([
  ['a page whose receiver refuses it', `${page}, state = 'started', attempts = 2`],
  [
    'a page that is being sent',
    `${page}, state = 'started', attempts = 1, lease_until = now() + interval '10 seconds'`,
  ],
  ['a page that is for later', `${page}, not_before = now() + interval '1 hour'`],
  ['a message that is no page', `payload = '{"message": "warning"}'`],
])('%s does not', async (_, set) => {
  await leaveEffect(set);
  expect((await api.call('GET', '/readyz')).status).toBe(200);
});

test('the background wakes of a policy that is put in force are no outage, however long they wait', async () => {
  await leaveWake(40);
  await api.pool.query('update wakes set priority = 30');
  expect((await api.call('GET', '/readyz')).status).toBe(200);
});

test('a page that is due long after it was planned, and was brought forward just now, is not late', async () => {
  await leaveEffect(`${page}, not_before = now() + interval '5 minutes'`);
  const { rows } = await api.pool.query<{ number: string; key: string }>('select * from effects');
  const other = { kind: 'notification', message: 'page', channel: 'sms' } as const;
  const number = rows[0]?.number ?? '';
  await hurryNext(api.pool, { ...other, number, key: rows[0]?.key.replace(/.$/, '1') ?? '' });
  expect((await api.call('GET', '/readyz')).status).toBe(200);
  await api.pool.query("update effects set queued_at = queued_at - interval '40 seconds'");
  expect((await api.call('GET', '/readyz')).status).toBe(503);
});

describe.each([
  ['an hour ahead', HOUR],
  ['an hour behind', -HOUR],
])('with the clock of what opens and pages %s', (_, ahead) => {
  let skewed: TestApi;
  let number: string;
  beforeEach(async () => {
    skewed = await startApi(() => Date.now() + ahead);
    number = await skewed.open();
    const step = { escalation: 'e', rule: 'escalations.standard.steps.0', people: ['ann'] };
    const request = { actor: systemActor('test', 'main'), now: skewed.engine.clock() };
    expect((await commit(skewed.engine, number, 'page', step, request)).ok).toBe(true);
  });
  afterEach(() => skewed.stop());

  const readiness = async (url: string) => (await fetch(`${url}/readyz`)).status;
  /** Another process on the same database, whose clock is right, says the same. */
  const everywhere = async () => [
    await readiness(skewed.url),
    (await readPaging(skewed.pool, Date.now())).wakes.isLate,
    (await readPaging(skewed.pool, Date.now())).pages.isLate,
  ];

  test('what has just come is not late', async () => {
    expect(await everywhere()).toEqual([200, false, false]);
  });

  test('a wake that waits for 40 s is late', async () => {
    await skewed.pool.query("update wakes set since = since - interval '40 seconds'");
    expect(await everywhere()).toEqual([503, true, false]);
  });

  test('a page that waits for 40 s is late, and one by the next way that waits for its time is not', async () => {
    await skewed.pool.query("update effects set queued_at = queued_at - interval '40 seconds'");
    expect(await everywhere()).toEqual([503, false, true]);
    await skewed.pool.query("update effects set not_before = created_at + interval '5 minutes'");
    await skewed.pool.query("delete from effects where kind = 'escalation'");
    expect(await everywhere()).toEqual([200, false, false]);
  });
});

test('an outage is told once by mail and webhook, however many API processes watch, and so is its end', async () => {
  watch(api.pool);
  watch(api.pool);
  watch(api.pool);
  await leaveWake(40);
  await until('the alarm', () => mailbox.mails.length > 0 && hook.received.length > 0);
  await someRounds();
  expect(told()).toEqual(['provisor.watch.alarm.v1']);
  expect(mailbox.mails.map(({ to, subject }) => [to, subject])).toEqual([
    [['operators@example.org'], 'Provisor does not page'],
  ]);
  expect(mailbox.mails[0]!.content).toContain('records that wait for their workflow: 1');
  const metrics = await (await fetch(`${api.url}/metrics`)).text();
  expect(Number(/^provisor_watch_outage_seconds (.*)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  await api.pool.query('delete from wakes');
  await until('the all-clear', () => hook.received.length > 1);
  await someRounds();
  expect(told()).toEqual(['provisor.watch.alarm.v1', 'provisor.watch.allClear.v1']);
});

test('it is told again after half an hour', async () => {
  watch(api.pool);
  await leaveWake(40);
  await until('the alarm', () => hook.received.length > 0);
  await until('its note', async () => {
    const { rowCount } = await api.pool.query(
      "update watch set told_at = told_at - interval '30 minutes' where told_at is not null",
    );
    return rowCount === 1;
  });
  await until('the reminder', () => hook.received.length > 1);
  expect(told()).toEqual(['provisor.watch.alarm.v1', 'provisor.watch.reminder.v1']);
});

test('a process that takes the watch over goes on with what was told', async () => {
  const first = watch(api.pool);
  await leaveWake(40);
  await until('the alarm', () => hook.received.length > 0);
  first.crash();
  watch(api.pool);
  await someRounds();
  expect(told()).toEqual(['provisor.watch.alarm.v1']);
  await api.pool.query('delete from wakes');
  await until('the all-clear', () => hook.received.length > 1);
});

test('a worker that stays away is told, with what it means', async () => {
  const detail = 'no worker polls: timers and pages wait';
  watch(api.pool, { temporalHealth: () => Promise.resolve({ up: true, workers: false, detail }) });
  await until('the alarm', () => hook.received.length > 0);
  expect(troubles()).toContain(detail);
});

test('with no Temporal and no worker at all, a page that waits too long is told', async () => {
  const { check, close } = createTemporalHealth({ address: '127.0.0.1:1', namespace: 'provisor' });
  await leaveEffect(page);
  watch(api.pool, { temporalHealth: check });
  await until('both in one alarm', () => {
    return hook.received.some(({ body }) => /due and were not tried: 1/.test(body));
  });
  await until('the mail', () => mailbox.mails.length > 0);
  await close();
});

test('a way that fails keeps the other from nothing', async () => {
  await mailbox.close();
  watch(api.pool);
  await leaveWake(40);
  await until('the alarm', () => hook.received.length > 0);
  expect(told()).toEqual(['provisor.watch.alarm.v1']);
});

test('while PostgreSQL is away each API process tells for itself, once, and that it is back', async () => {
  const server = await createTestServer();
  await server.start();
  await migrate(server.url);
  const pools = [createPool(server.url, 2), createPool(server.url, 2)];
  try {
    for (const pool of pools) watch(pool);
    await someRounds();
    await server.stop();
    await until('both alarms', () => hook.received.length >= 2);
    await someRounds();
    expect(told()).toEqual(['provisor.watch.alarm.v1', 'provisor.watch.alarm.v1']);
    expect(troubles()).toContain('PostgreSQL does not answer');
    await server.start();
    await until('both ends', () => told().filter((type) => type.includes('allClear')).length === 2);
  } finally {
    for (const pool of pools) await pool.end();
    await server.drop();
  }
}, 90_000);

describe('the monitor outside', () => {
  const beat = (isServed = () => Promise.resolve(true)): void => {
    const beating = startWatchHeartbeat({
      ...{ pool: api.pool, log, url: hook.url, driver: testDriver, isServed },
      ...{ allowed: ['127.0.0.0/8'], everyMs: 50 },
    });
    opened({ close: () => beating.stop() });
  };

  test('hears that paging works, and nothing more while a wake waits too long', async () => {
    beat();
    await until('two beats', () => hook.received.length > 1);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^provisor_watch_heartbeat_age_seconds \d/m);
    await leaveWake(40);
    await someRounds();
    const before = hook.received.length;
    await someRounds();
    expect(hook.received.length).toBe(before);
    await api.pool.query('delete from wakes');
    await until('another beat', () => hook.received.length > before);
  });

  test.each<[string, () => Promise<boolean>]>([
    ['Temporal does not answer', () => Promise.reject(new Error('unavailable'))],
    ['the namespace was made anew', () => Promise.resolve(false)],
  ])('hears nothing while %s', async (_, isServed) => {
    beat(isServed);
    await someRounds();
    expect(hook.received).toEqual([]);
  });

  test('hears nothing while a page that is due was not tried', async () => {
    await leaveEffect(page);
    beat();
    await someRounds();
    expect(hook.received).toEqual([]);
  });

  test('hears nothing while a timer is more than a minute late', async () => {
    const number = await api.open();
    await api.pool.query('delete from wakes');
    await api.pool.query('delete from effects');
    await api.pool.query(
      "update records set due_at = now() - interval '2 minutes' where number = $1",
      [number],
    );
    beat();
    await someRounds();
    expect(hook.received).toEqual([]);
  });

  test('hears on while a receiver refuses pages: they go other ways, and people are told of those that found none', async () => {
    await leaveEffect(`${page}, state = 'started', attempts = 9`);
    beat();
    await until('two beats', () => hook.received.length > 1);
  });

  test('hears nothing while the database is away', async () => {
    const away = createPool('postgresql://127.0.0.1:1/none', 1);
    const beating = startWatchHeartbeat({
      ...{ pool: away, log, url: hook.url, driver: testDriver, everyMs: 50 },
      ...{ isServed: () => Promise.resolve(true), allowed: ['127.0.0.0/8'] },
    });
    await someRounds();
    await beating.stop();
    await away.end();
    expect(hook.received).toEqual([]);
  });

  test('hears nothing from a worker whose namespace does not drive the records', async () => {
    await api.pool.query("update temporal_identity set namespace_id = 'another'");
    beat();
    await someRounds();
    expect(hook.received).toEqual([]);
  });
});
