import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { person } from '../../domain/simulation.ts';
import { DAY, HOUR } from '../../domain/time.ts';
import { open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { usePolicy } from '../helpers/database.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system.stop());

test('a policy that is applied reaches a record that waits for a far deadline, and what it makes due happens at once', async () => {
  const { engine, database } = system;
  const openedAt = Date.now() - HOUR;
  const result = await open(
    engine,
    processOf(engine, 'incident'),
    { title: 'A wish', impact: 3, urgency: 3 },
    { actor: person('ann', 'resolver'), now: openedAt },
  );
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const { number } = result.value.record;
  await until('the record to wait', async () => {
    const { rows } = await database.pool.query('select 1 from wakes');
    return rows.length === 0;
  });
  expect((await findRecord(database.pool, number))?.clocks['resolve']?.dueAt).toBeGreaterThan(
    openedAt + DAY,
  );

  const hash = await usePolicy(database.pool, (policy) => {
    const level = policy.serviceLevels['standard'];
    if (level?.resolve) level.resolve['4'] = { within: '30m', calendar: 'always' };
    return policy;
  });
  await until('the breach', async () => {
    const events = await readEvents(database.pool, number);
    return events.some(({ type }) => type === 'resolve.breached');
  });
  const record = await findRecord(database.pool, number);
  expect(record?.policy).toBe(hash);
  expect(record?.clocks['resolve']?.breachedAt).toBe(openedAt + HOUR / 2);
});
