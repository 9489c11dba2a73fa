import { setTimeout as sleep } from 'node:timers/promises';
import { createActivities } from '../../activities/index.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import type { Channel } from '../../channels/channel.ts';
import { readEvents } from '../../db/events.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import { person } from '../../domain/simulation.ts';
import { HOUR, MINUTE, SECOND } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { takeStep } from '../../records/escalation.ts';
import { resumeRecord } from '../../records/resume.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { escalationPolicy } from '../helpers/escalation.ts';

const collecting: Channel = { send: () => Promise.resolve({ detail: 'collected' }) };
const channels = Object.fromEntries(channelKinds.map((kind) => [kind, collecting])) as Record<
  ChannelKind,
  Channel
>;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await usePolicy(database.pool, () => ({
    ...escalationPolicy,
    escalations: {
      standard: { priorities: [1], steps: [{ to: [{ person: 'ann' }], wait: '5m' }] },
    },
  }));
});
afterAll(() => database.drop());

/** The activities of a worker with this clock. */
function worker(clock: () => Instant) {
  const engine = testEngine(database.pool, clock);
  const deps = { engine, channels, driver: testDriver, secret: 's'.repeat(32) };
  const config = { publicUrl: 'http://provisor.test' };
  return { engine, ...createActivities({ ...deps, config } as unknown as ActivityDeps) };
}

/** A new incident whose escalation waits for its first step. */
async function escalating(now: Instant) {
  const { engine, beginCourse } = worker(() => now);
  const input = { title: 'Shop', impact: 1, urgency: 1, service: 'shop' };
  const request = { actor: person('lea', 'manager'), now };
  const opened = await open(engine, processOf(engine, 'incident'), input, request);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const { effects } = await resumeRecord(engine, number, testDriver);
  const [key = ''] = effects;
  return { number, key, position: (await beginCourse(key, now)).position };
}

const pagesOf = async (number: string) =>
  (await readEvents(database.pool, number)).filter(({ type }) => type === 'paged');

test('a step whose timer ran out early is taken at its moment, and never before', async () => {
  const { number, key, position } = await escalating(Date.now());
  const due = Date.now() + SECOND;
  const next = await worker(Date.now).takeCourseStep(key, position, due, SECOND);
  expect(Date.now()).toBeGreaterThanOrEqual(due);
  expect(next?.wait).toBe(5 * MINUTE);
  const { rows } = await database.pool.query<{ recorded: number }>(
    `select (extract(epoch from recorded_at) * 1000)::float8 as recorded from events where number = $1 and type = 'paged'`,
    [number],
  );
  expect(rows[0]?.recorded).toBeGreaterThanOrEqual(due);
  expect((await pagesOf(number)).map(({ at }) => at)).toEqual([due]);
});

test('who acknowledges after the timer ran out and before the moment of the step is not paged', async () => {
  const { number, key, position } = await escalating(Date.now());
  const { engine, takeCourseStep } = worker(Date.now);
  const due = Date.now() + 3 * SECOND;
  const step = takeCourseStep(key, position, due, 3 * SECOND);
  // Long enough for a step that is taken too early.
  await sleep(SECOND);
  const request = { actor: person('ann', 'resolver'), now: Date.now() };
  expect(await commit(engine, number, 'acknowledge', {}, request)).toMatchObject({ ok: true });
  expect(await step).toBeUndefined();
  expect(await pagesOf(number)).toEqual([]);
});

test.each([
  ["this machine's is an hour ahead", -HOUR, HOUR],
  ["this machine's is an hour behind", HOUR, 10],
])('a step is late by no clock: %s', async (_, offBy, early) => {
  const now = Date.now();
  const { number, key, position } = await escalating(now);
  const { takeCourseStep } = worker(() => now);
  expect(await takeCourseStep(key, position, now + offBy, early)).toMatchObject({
    wait: 5 * MINUTE,
  });
  expect(await pagesOf(number)).toHaveLength(1);
});

test('a step that is taken again, as by the worker after the one that died, leaves of the wait what is left of it', async () => {
  const now = Date.now();
  const { number, key, position } = await escalating(now);
  const { engine } = worker(() => now);
  const taken = await takeStep(engine, key, position, now, testDriver);
  const again = await takeStep(engine, key, position, now + MINUTE, testDriver);
  expect(taken?.wait).toBe(5 * MINUTE);
  expect(again).toMatchObject({ position: taken?.position, wait: 4 * MINUTE });
  const later = await takeStep(engine, key, position, now + HOUR, testDriver);
  expect(later?.wait).toBe(0);
  expect(await pagesOf(number)).toHaveLength(1);
});
