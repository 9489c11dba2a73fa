import { createActivities } from '../../activities/index.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { overdueRecords } from '../../db/records.ts';
import { countStalled, listStalled, STALLED_AFTER } from '../../db/stalled.ts';
import { wakeBacklog } from '../../db/wakes.ts';
import { person } from '../../domain/simulation.ts';
import { DAY, toIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { NewerDefinition, processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { retryStalled } from '../../records/stalled.ts';
import { createTestDatabase, testDriver, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const ann = person('ann', 'resolver');

let database: TestDatabase;
let engine: Engine;
let activities: ReturnType<typeof createActivities>;
beforeEach(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
  activities = createActivities({ engine, driver: testDriver } as unknown as ActivityDeps);
});
afterEach(() => database.drop());

/** Opened long ago, so that its deadlines are due now. */
async function openOverdue(): Promise<string> {
  const input = { title: 'Shop is down', impact: 3, urgency: 3 };
  const result = await open(engine, processOf(engine, 'incident'), input, {
    actor: ann,
    now: Date.now() - 60 * DAY,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

async function poison(number: string): Promise<void> {
  await database.pool.query('update records set clocks = \'{"resolve": null}\' where number = $1', [
    number,
  ]);
}

async function failTimes(number: string, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await expect(activities.tick(number, Date.now())).rejects.toThrow();
  }
}

test('a record that fails five times in a row is listed, with why, and not before', async () => {
  const number = await openOverdue();
  await poison(number);
  await failTimes(number, STALLED_AFTER - 1);
  expect(await countStalled(database.pool)).toBe(0);
  await failTimes(number, 1);
  const [stalled] = await listStalled(database.pool, 10);
  expect(stalled).toMatchObject({ number, process: 'incident', doing: 'tick', attempts: 5 });
  expect(stalled?.error).toMatch(/^TypeError: /);
});

test('a due moment that the definition does not know is put right instead of asked for without end', async () => {
  const number = await openOverdue();
  await database.pool.query("update records set clocks = '{}' where number = $1", [number]);
  expect((await activities.resume(number)).dueAt).toBeLessThan(Date.now());
  expect((await activities.tick(number, Date.now())).dueAt).toBeNull();
});

test('that it can still be read does not take it off the list', async () => {
  const number = await openOverdue();
  await poison(number);
  await failTimes(number, STALLED_AFTER);
  await activities.resume(number);
  expect(await countStalled(database.pool)).toBe(1);
});

test('a stalled record holds up no other', async () => {
  const [bad, good] = [await openOverdue(), await openOverdue()];
  await poison(bad);
  await failTimes(bad, STALLED_AFTER);
  expect((await activities.tick(good, Date.now())).seq).toBeGreaterThan(1);
  const overdue = await overdueRecords(database.pool, toIso(Date.now() - 30_000), 500);
  expect(overdue.map(({ number }) => number)).not.toContain(bad);
});

test('a record that a newer definition decided is refused until a program that has it comes', async () => {
  const number = await openOverdue();
  await database.pool.query('update records set version = version + 1 where number = $1', [number]);
  await failTimes(number, STALLED_AFTER);
  const [stalled] = await listStalled(database.pool, 10);
  expect(stalled?.error).toMatch(/^NewerDefinition: /);
  await expect(
    commit(engine, number, 'start', {}, { actor: ann, now: Date.now() }),
  ).rejects.toThrow(NewerDefinition);

  const incident = processOf(engine, 'incident');
  const newer = testEngine(database.pool);
  const processes = new Map([['incident', { ...incident, version: incident.version + 1 }]]);
  const upgraded = createActivities({
    engine: { ...newer, processes },
    driver: testDriver,
  } as unknown as ActivityDeps);
  await upgraded.tick(number, Date.now());
  expect(await countStalled(database.pool)).toBe(0);
});

test('a change that mends the record takes it off the list', async () => {
  const number = await openOverdue();
  await poison(number);
  await failTimes(number, STALLED_AFTER);
  await database.pool.query("update records set clocks = '{}', due_at = null where number = $1", [
    number,
  ]);
  await commit(engine, number, 'start', {}, { actor: ann, now: Date.now() });
  await activities.resume(number);
  expect(await countStalled(database.pool)).toBe(0);
});

test('a retry that fails says why and changes nothing; one that works wakes the record', async () => {
  const number = await openOverdue();
  const { rows } = await database.pool.query<{ clocks: unknown }>('select clocks from records');
  await poison(number);
  await failTimes(number, STALLED_AFTER);
  await database.pool.query('delete from wakes');
  expect(await retryStalled(engine, number, Date.now())).toMatchObject({
    ok: false,
    error: { kind: 'refused', detail: expect.stringMatching(/fails still: TypeError/) as string },
  });
  expect((await wakeBacklog(database.pool)).waiting).toBe(0);

  await database.pool.query('update records set clocks = $1', [JSON.stringify(rows[0]?.clocks)]);
  expect(await retryStalled(engine, number, Date.now())).toEqual({ ok: true, value: { number } });
  expect(await countStalled(database.pool)).toBe(0);
  expect((await wakeBacklog(database.pool)).waiting).toBe(1);
});

test('a database that is away is nothing against the record', async () => {
  const number = await openOverdue();
  const away = Object.assign(new Error('terminating connection'), { code: '57P01' });
  // Its queries still work, so that nothing but the rule keeps the failure from being noted.
  const pool = Object.create(database.pool, {
    connect: { value: () => Promise.reject(away) },
  }) as Engine['pool'];
  const cut = createActivities({
    engine: { ...engine, pool },
    driver: testDriver,
  } as unknown as ActivityDeps);
  for (let count = 0; count < STALLED_AFTER; count += 1) {
    await expect(cut.tick(number, Date.now())).rejects.toThrow(away.message);
  }
  expect(await database.pool.query('select 1 from stalled')).toMatchObject({ rowCount: 0 });
});
