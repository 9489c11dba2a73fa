import { readEvents } from '../../db/events.ts';
import { person } from '../../domain/simulation.ts';
import { fromIso, MINUTE } from '../../domain/time.ts';
import { open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { beginCourse, takeStep } from '../../records/escalation.ts';
import { resumeRecord } from '../../records/resume.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { escalationPolicy } from '../helpers/escalation.ts';

const monday = fromIso('2026-11-23T09:00:00Z');

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => monday);
  const toOperations = [{ team: 'operations', roundRobin: true }];
  await usePolicy(database.pool, () => ({
    ...escalationPolicy,
    escalations: { standard: { priorities: [1], steps: [{ to: toOperations, wait: '5m' }] } },
  }));
});
afterAll(() => database.drop());

/** Whom the first step of a new incident's escalation pages. */
async function pageAnew(now: number): Promise<string> {
  const input = { title: 'Shop', impact: 1, urgency: 1, service: 'shop' };
  const request = { actor: person('lea', 'manager'), now };
  const opened = await open(engine, processOf(engine, 'incident'), input, request);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const { effects } = await resumeRecord(engine, number, testDriver);
  const { position } = await beginCourse(engine, effects[0]!, now, testDriver);
  await takeStep(engine, effects[0]!, position, now, testDriver);
  const paged = (await readEvents(database.pool, number)).find(({ type }) => type === 'paged');
  return String(paged?.data['people']);
}

test('escalations that fire at one instant page the members of a team in turn, each as often', async () => {
  const paged = await Promise.all(Array.from({ length: 9 }, () => pageAnew(monday)));
  const expected = ['ann', 'bob', 'cem'].flatMap((member) => [member, member, member]);
  expect(paged.toSorted()).toEqual(expected);
});

test('a turn that a slower clock notes is still the last one', async () => {
  const earlier = monday - MINUTE;
  const paged = [await pageAnew(earlier), await pageAnew(earlier), await pageAnew(earlier)];
  expect(paged.toSorted()).toEqual(['ann', 'bob', 'cem']);
});
