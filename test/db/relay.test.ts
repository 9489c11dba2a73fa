import { pino } from 'pino';
import { person } from '../../domain/simulation.ts';
import { DAY } from '../../domain/time.ts';
import { wakeBacklog } from '../../db/wakes.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { resumeRecord } from '../../records/resume.ts';
import { startRelay } from '../../workers/relay.ts';
import type { Relay, RelayOptions } from '../../workers/relay.ts';
import { createTestDatabase, testDriver, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { until } from '../helpers/system.ts';

let database: TestDatabase;
let engine: Engine;
let relay: Relay | undefined;
beforeEach(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
});
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
  await database.drop();
});

function relayTo(send: RelayOptions['send'], options: Partial<RelayOptions> = {}): void {
  relay = startRelay({
    pool: database.pool,
    log: pino({ level: 'silent' }),
    driver: testDriver,
    send,
    ...options,
  });
}

async function openIncidents(
  count: number,
  urgency: number,
  now = Date.now(),
  impact = urgency === 1 ? 1 : 3,
): Promise<string[]> {
  const numbers: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const input = { title: `number ${index}`, impact, urgency };
    const result = await open(engine, processOf(engine, 'incident'), input, {
      actor: person('ann', 'agent'),
      now,
    });
    if (result.ok) numbers.push(result.value.record.number);
  }
  return numbers;
}

test('never more are under way than the bound, and a P1 in the middle of a burst goes before what waits', async () => {
  const burst = await openIncidents(30, 3);
  const order: string[] = [];
  const under = new Set<string>();
  const looks: Promise<unknown>[] = [];
  let most = 0;
  relayTo(
    ({ number }) => {
      order.push(number);
      under.add(number);
      most = Math.max(most, under.size);
      setTimeout(() => {
        under.delete(number);
        looks.push(resumeRecord(engine, number, testDriver));
      }, 30);
      return Promise.resolve();
    },
    { bound: 4 },
  );
  await until('the first few', () => order.length >= 6);
  const [urgent = ''] = await openIncidents(1, 1);
  relay?.poke();
  await until('all of them', () => order.length === 31);
  await until('the last look', () => under.size === 0);
  await Promise.all(looks);
  expect(most).toBeLessThanOrEqual(4);
  expect(order.indexOf(urgent)).toBeLessThan(20);
  expect(new Set(order)).toEqual(new Set([...burst, urgent]));
});

test('a page goes before ordinary work, however long that waits and whatever its priority', async () => {
  const [ordinary = ''] = await openIncidents(1, 3);
  const [acknowledged = ''] = await openIncidents(1, 1);
  const [paging = ''] = await openIncidents(1, 2, Date.now(), 1);
  await resumeRecord(engine, acknowledged, testDriver);
  const request = { actor: person('bob', 'resolver'), now: Date.now() };
  expect((await commit(engine, acknowledged, 'acknowledge', {}, request)).ok).toBe(true);
  await database.pool.query(
    "update wakes set since = now() - interval '1 hour' where number <> $1",
    [paging],
  );
  const order: string[] = [];
  relayTo(
    async ({ number }) => {
      order.push(number);
      await resumeRecord(engine, number, testDriver);
    },
    { bound: 1 },
  );
  await until('all of them', () => order.length === 3);
  expect(order[0]).toBe(paging);
  expect(new Set(order)).toEqual(new Set([ordinary, acknowledged, paging]));
});

test('a wake that was sent but never answered is sent again', async () => {
  await openIncidents(1, 3);
  const sent: string[] = [];
  relayTo(
    ({ number }) => {
      sent.push(number);
      return Promise.resolve();
    },
    { lostAfterSeconds: 0.2 },
  );
  await until('the second time', () => sent.length >= 2);
});

test('a wake that could not be sent is kept, and sent when the server is back', async () => {
  const [number = ''] = await openIncidents(1, 3);
  let attempts = 0;
  relayTo(({ number: woken }) => {
    attempts += 1;
    if (attempts < 3) return Promise.reject(new Error('unavailable'));
    return resumeRecord(engine, woken, testDriver).then(() => undefined);
  });
  await until('an empty table', async () => (await wakeBacklog(database.pool)).waiting === 0);
  expect(attempts).toBe(3);
  expect((await resumeRecord(engine, number, testDriver)).seq).toBe(1);
});

test('a change that comes while the record looks keeps its own wake', async () => {
  const [number = ''] = await openIncidents(1, 3);
  await resumeRecord(engine, number, testDriver);
  expect((await wakeBacklog(database.pool)).waiting).toBe(0);
  await database.pool.query(
    'insert into wakes (number, seq, priority, since) values ($1, 2, 3, now())',
    [number],
  );
  await resumeRecord(engine, number, testDriver);
  expect((await wakeBacklog(database.pool)).waiting).toBe(1);
});

test('the sweep finds a record whose due moment passed without anybody looking', async () => {
  const [number = ''] = await openIncidents(1, 3, Date.now() - 60 * DAY);
  await database.pool.query('delete from wakes');
  await database.pool.query('delete from effects');
  const sent: string[] = [];
  relayTo(
    (wake) => {
      sent.push(wake.number);
      return Promise.resolve();
    },
    { sweepEveryMs: 50 },
  );
  await until('the sweep', () => sent.length === 1);
  expect(sent).toEqual([number]);
});

test('an effect that nobody works on is found by the sweep, one that is held is not', async () => {
  const [number = ''] = await openIncidents(1, 1);
  await database.pool.query('update records set due_at = null');
  await database.pool.query(
    "update effects set created_at = now() - interval '1 hour', lease_until = now() + interval '1 hour'",
  );
  await database.pool.query('delete from wakes');
  const sent: string[] = [];
  relayTo(
    (wake) => {
      sent.push(wake.number);
      return Promise.resolve();
    },
    { sweepEveryMs: 50 },
  );
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(sent).toEqual([]);
  await database.pool.query('update effects set lease_until = null');
  await until('the sweep', () => sent.length === 1);
  expect(sent).toEqual([number]);
});
