import { readEvents } from '../../db/events.ts';
import { activePolicyHash, storePolicy } from '../../db/policies.ts';
import { inTransaction } from '../../db/pool.ts';
import { findRecord } from '../../db/records.ts';
import { person } from '../../domain/simulation.ts';
import { fromIso, MINUTE } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { beginCourse, takeStep } from '../../records/escalation.ts';
import { explain } from '../../records/explain.ts';
import { resumeRecord, tickRecord } from '../../records/resume.ts';
import { readTimeline } from '../../records/timeline.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const monday = fromIso('2026-11-23T09:00:00Z');
const lea = person('lea', 'manager');
/** As a version would have stored it whose policies had nothing in common with today's. */
const unreadable = 'e'.repeat(32);

let database: TestDatabase;
let engine: Engine;
let number: string;
beforeEach(async () => {
  database = await createTestDatabase();
  number = await openUnder(unreadable);
  engine = testEngine(database.pool, () => monday);
});
afterEach(() => database.drop());

/** An incident that the policy decided: its rows say so, as if it had been in force then. */
async function openUnder(hash: string): Promise<string> {
  const { pool } = database;
  const old = testEngine(pool, () => monday);
  const input = { title: 'Shop', impact: 1, urgency: 1 };
  const opened = await open(old, processOf(old, 'incident'), input, { actor: lea, now: monday });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  await storePolicy(pool, hash, { priority: 'by mood' }, monday, 'an older version');
  await inTransaction(pool, async (tx) => {
    await tx.query('set local session_replication_role = replica');
    for (const table of ['records', 'events', 'effects']) {
      await tx.query(`update ${table} set policy = $1`, [hash]);
    }
  });
  return opened.value.record.number;
}

async function give(command: string, input: object = {}): Promise<void> {
  const request = { actor: lea, now: monday + MINUTE };
  const result = await commit(engine, number, command, input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

test('a command is decided by the policy in force', async () => {
  await give('acknowledge');
  const inForce = await activePolicyHash(database.pool);
  expect(
    (await readEvents(database.pool, number)).map(({ type, policy }) => [type, policy]),
  ).toEqual([
    ['opened', unreadable],
    ['acknowledged', inForce],
  ]);
});

test('a record that is woken goes on under the policy in force, with its clocks', async () => {
  await usePolicy(database.pool, (policy) => {
    const level = policy.serviceLevels['standard'];
    if (level?.resolve) level.resolve['1'] = { within: '1h', calendar: 'always' };
    return policy;
  });
  const plan = await resumeRecord(engine, number, testDriver);
  expect(plan.dueAt).toBe(plan.lastAt);
  await tickRecord(engine, number, monday, testDriver);
  const record = await findRecord(database.pool, number);
  expect(record?.clocks['resolve']?.dueAt).toBe(monday + 60 * MINUTE);
});

test('an escalation takes the steps of the policy in force', async () => {
  const { effects } = await resumeRecord(engine, number, testDriver);
  const course = await beginCourse(engine, effects[0]!, monday, testDriver);
  expect(course).toMatchObject({ position: { step: 0 }, wait: 0 });
  const next = await takeStep(engine, effects[0]!, course.position, monday, testDriver);
  expect(next).toMatchObject({ position: { step: 1 }, wait: 5 * MINUTE });
});

test('the timeline is whole, and only the explanations say that the policy cannot be read', async () => {
  await give('prioritise', { impact: 2, urgency: 2, reason: 'one shop' });
  const record = (await findRecord(database.pool, number))!;
  const page = await readTimeline(engine, record, lea, {
    after: { seq: 0, deliveries: 0 },
    limit: 10,
  });
  expect(page.entries.map(({ type }) => type)).toEqual(['opened', 'prioritised']);
  const explanations = await explain(engine, record, lea);
  const said = explanations.map(({ policy, sentence }) => [
    policy === unreadable,
    sentence.endsWith('this version cannot read that policy'),
  ]);
  expect(said).toContainEqual([true, true]);
  expect(said).toContainEqual([false, false]);
  expect(said.filter(([isOld, isSaid]) => isOld !== isSaid)).toEqual([]);
});
