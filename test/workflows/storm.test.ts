import { startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';
import { until } from '../helpers/system.ts';

const STORM = 60;
const LIMIT = 5;

let stage: OnCallStage;
beforeAll(async () => {
  stage = await startOnCallStage();
  await stage.escalateBy(
    { steps: [{ to: [{ person: 'ann' }], wait: '2h' }] },
    { notificationLimit: { messages: LIMIT, per: '10s' } },
  );
});
afterAll(() => stage.stop());

test('in a storm a priority 1 is paged at once and by itself, and of the others every one is told of in a few messages', async () => {
  const numbers = await Promise.all(
    Array.from({ length: STORM }, () => stage.open({ urgency: 2 })),
  );
  await until('the first messages', () => stage.system.sent.length >= LIMIT);
  const first = await stage.open({ urgency: 1 });
  await stage.untilPages(first, 1);
  expect(stage.sent(first, 'paged')[0]?.content.heading).toBe('Page, priority 1');

  const { pool } = stage.system.database;
  await until(
    'every page to be done',
    async () => {
      const { rows } = await pool.query<{ open: number }>(
        "select count(*)::integer as open from effects where kind = 'notification' and state <> 'done'",
      );
      return rows[0]?.open === 0;
    },
    60_000,
  );
  const sent = stage.system.sent;
  const told = sent.flatMap(({ event }) => [event.subject, ...(event.data['along'] as string[])]);
  expect(told.sort()).toEqual([...numbers, first].sort());
  expect(sent.length).toBeLessThan(STORM / 2);
}, 90_000);
