import { claimEffect, findEffect, markStarted, mayProceed } from '../../db/effects.ts';
import { adoptNamespace, findIdentity, requireDriver, Superseded } from '../../db/identity.ts';
import { inTransaction } from '../../db/pool.ts';
import { takeWakes, wakeBacklog } from '../../db/wakes.ts';
import { systemActor } from '../../domain/actor.ts';
import { person } from '../../domain/simulation.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { planRecovery, recover } from '../../records/recover.ts';
import { resumeRecord, tickRecord } from '../../records/resume.ts';
import { createTestDatabase, testDriver, testEngine, testNamespace } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const ann = person('ann', 'resolver');
const next = { name: 'test', id: 'the-namespace-made-anew', clusterId: 'another' };

let database: TestDatabase;
let engine: Engine;
beforeEach(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
});
afterEach(() => database.drop());

async function openIncident(urgency = 1): Promise<string> {
  const input = { title: 'Shop is down', impact: 1, urgency };
  const result = await open(engine, processOf(engine, 'incident'), input, {
    actor: ann,
    now: Date.now(),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

const giveOver = () => recover(database.pool, next, Date.now);

test('the first worker on a database gives it to its namespace, a later one of another does not', async () => {
  await database.pool.query('delete from temporal_identity');
  expect(await adoptNamespace(database.pool, testNamespace, Date.now())).toBe(true);
  expect(await adoptNamespace(database.pool, next, Date.now())).toBe(false);
  expect(await findIdentity(database.pool)).toMatchObject({ id: testDriver, generation: 1 });
});

test('a namespace that was made anew under the same name is another one, and raises the generation once', async () => {
  await giveOver();
  await giveOver();
  expect(await findIdentity(database.pool)).toMatchObject({ id: next.id, generation: 2 });
});

test('a worker of the namespace before is refused whatever it would do, and changes nothing', async () => {
  const number = await openIncident();
  const key = `${number}/1/0`;
  await giveOver();
  const { pool } = database;
  await expect(resumeRecord(engine, number, testDriver)).rejects.toThrow(Superseded);
  await expect(tickRecord(engine, number, Date.now(), testDriver)).rejects.toThrow(Superseded);
  const page = { escalation: key, round: 0, step: 0, rule: 'x', people: ['ann'] };
  const request = { actor: systemActor(key, 'main'), now: Date.now(), driver: testDriver };
  await expect(commit(engine, number, 'page', page, request)).rejects.toThrow(Superseded);
  expect(await claimEffect(pool, key, 10, testDriver)).toBeUndefined();
  expect(await markStarted(pool, key, testDriver)).toBe(false);
  expect(await mayProceed(pool, key, testDriver)).toBe('superseded');
  expect(await takeWakes(pool, 10, 30, testDriver)).toEqual([]);
  expect((await wakeBacklog(pool)).waiting).toBe(1);
  expect(await findEffect(pool, key)).toMatchObject({ state: 'pending', attempts: 0 });
});

test('the namespace that took over may do all of it', async () => {
  const number = await openIncident();
  await giveOver();
  expect(await takeWakes(database.pool, 10, 30, next.id)).toHaveLength(1);
  expect((await resumeRecord(engine, number, next.id)).effects).toEqual([`${number}/1/0`]);
  expect((await wakeBacklog(database.pool)).waiting).toBe(0);
  expect((await claimEffect(database.pool, `${number}/1/0`, 10, next.id))?.attempts).toBe(1);
});

test('taking over waits for what the namespace before has under way, and what comes after it is refused', async () => {
  const order: string[] = [];
  let taking: Promise<unknown> = Promise.resolve();
  await inTransaction(database.pool, async (tx) => {
    await requireDriver(tx, testDriver);
    taking = giveOver().then(() => order.push('taken over'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    order.push('the step is written');
  });
  await taking;
  expect(order).toEqual(['the step is written', 'taken over']);
  const late = inTransaction(database.pool, (tx) => requireDriver(tx, testDriver));
  await expect(late).rejects.toThrow(Superseded);
});

test('an escalation whose workflow was lost is started again, one that was cancelled is not', async () => {
  const [lost, cancelled] = [await openIncident(), await openIncident()];
  for (const number of [lost, cancelled]) {
    await claimEffect(database.pool, `${number}/1/0`, 10, testDriver);
    await markStarted(database.pool, `${number}/1/0`, testDriver);
  }
  await commit(engine, cancelled, 'acknowledge', {}, { actor: ann, now: Date.now() });
  await giveOver();
  expect((await findEffect(database.pool, `${lost}/1/0`))?.state).toBe('pending');
  expect((await findEffect(database.pool, `${cancelled}/1/0`))?.state).toBe('cancelling');
});

test('a message that somebody is sending right now is not taken from them', async () => {
  const number = await openIncident();
  const key = `${number}/2/0`;
  const page = { escalation: 'x', round: 0, step: 0, rule: 'x', people: ['ann'] };
  await commit(engine, number, 'page', page, {
    actor: systemActor('test', 'main'),
    now: Date.now(),
  });
  await claimEffect(database.pool, key, 10, testDriver);
  await giveOver();
  expect(await claimEffect(database.pool, key, 10, next.id)).toBeUndefined();
  await database.pool.query('update effects set lease_until = clock_timestamp()');
  expect((await claimEffect(database.pool, key, 10, next.id))?.attempts).toBe(2);
});

test('only records that need a workflow are woken, and a plan of it changes nothing', async () => {
  const [first] = [await openIncident(3), await openIncident(3)];
  const done = await openIncident(3);
  await commit(engine, done, 'cancel', { reason: 'A mistake' }, { actor: ann, now: Date.now() });
  await database.pool.query("update effects set state = 'done' where number = $1", [done]);
  await database.pool.query('delete from wakes');
  expect(await planRecovery(database.pool)).toMatchObject({ records: 2, from: { generation: 1 } });
  expect((await wakeBacklog(database.pool)).waiting).toBe(0);
  const progress: number[] = [];
  await recover(database.pool, next, Date.now, (count) => progress.push(count));
  expect(progress).toEqual([2]);
  const { rows } = await database.pool.query<{ number: string }>('select number from wakes');
  expect(rows.map(({ number }) => number)).toContain(first);
  expect(rows).toHaveLength(2);
});

test('a wake that was sent to the lost namespace is sent at once to the new one', async () => {
  await openIncident();
  await takeWakes(database.pool, 10, 30, testDriver);
  await giveOver();
  expect(await takeWakes(database.pool, 10, 30, next.id)).toHaveLength(1);
});
