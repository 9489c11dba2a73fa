import { tsToMs } from '@temporalio/common/lib/time.js';
import { DeliveryError } from '../../channels/channel.ts';
import { HOUR, SECOND } from '../../domain/time.ts';
import { startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';
import { until } from '../helpers/system.ts';

let stage: OnCallStage;
/** What the receiver does with the next message; taken once. */
let answer: (() => Promise<void>) | undefined;
/** When a message came to the receiver, by its key, in order. */
let came: { readonly key: string; readonly at: number }[] = [];

beforeAll(async () => {
  stage = await startOnCallStage({
    onSend: async ({ key }) => {
      came.push({ key, at: Date.now() });
      const next = answer;
      answer = undefined;
      await next?.();
    },
  });
  await stage.escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '2h' }] });
});
afterAll(() => stage.stop());
beforeEach(() => {
  answer = undefined;
  came = [];
});

/** The activities that Temporal was given for a record. */
async function activitiesOf(number: string): Promise<number> {
  const { events } = await stage.system.client.workflow.getHandle(number).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length;
}

async function effectsOf(number: string) {
  const { rows } = await stage.system.database.pool.query<{ state: string; attempts: number }>(
    "select state, attempts from effects where number = $1 and kind = 'notification'",
    [number],
  );
  return rows;
}

test('an escalation sends the pages of its step itself: the workflow of the record only starts it', async () => {
  const number = await stage.open();
  await stage.untilPages(number, 1);
  expect(await effectsOf(number)).toEqual([{ state: 'done', attempts: 1 }]);
  expect(await activitiesOf(number)).toBe(1);
});

test('a page that its receiver puts off is left to the workflow of the record, which keeps to the time that the receiver named', async () => {
  answer = () =>
    Promise.reject(new DeliveryError('busy', { retryable: true, retryAfterMs: 2 * SECOND }));
  const number = await stage.open();
  await stage.untilPages(number, 1);
  const [first, second, ...others] = came;
  expect(others).toEqual([]);
  expect(second?.key).toBe(first?.key);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2 * SECOND);
  expect(await effectsOf(number)).toEqual([{ state: 'done', attempts: 2 }]);
});

test('the next step counts from the moment of the one before, however long its page takes, and its timer runs out two seconds early', async () => {
  answer = () => new Promise((resolve) => setTimeout(resolve, 2 * SECOND));
  const number = await stage.open();
  await stage.untilPages(number, 1);
  const timer = await until('the timer of the next step', async () => {
    const { events } = await stage.system.client.workflow.getHandle(`${number}/1/0`).fetchHistory();
    return events?.find((event) => event.timerStartedEventAttributes);
  });
  const runsFor = tsToMs(timer.timerStartedEventAttributes?.startToFireTimeout);
  expect(runsFor).toBeLessThanOrEqual(2 * HOUR - 2 * SECOND - 2 * SECOND);
  expect(runsFor).toBeGreaterThan(HOUR);
});

test('a receiver that takes its time gets a page once, and neither the escalation nor another page waits for it', async () => {
  let takes: () => void = () => undefined;
  answer = () => new Promise((resolve) => (takes = resolve));
  const slow = await stage.open();
  await until('the page begins', () => came.length === 1);
  const other = await stage.open();
  await stage.untilPages(other, 1);
  // The record's workflow was left the page, and finds it held.
  await until('the page is left', async () => (await activitiesOf(slow)) === 2);
  const { events } = await stage.system.client.workflow.getHandle(`${slow}/1/0`).fetchHistory();
  expect(events?.some((event) => event.timerStartedEventAttributes)).toBe(true);
  takes();
  await stage.untilPages(slow, 1);
  await until('the page is done', async () => (await effectsOf(slow))[0]?.state === 'done');
  expect(came.filter(({ key }) => key.startsWith(`${slow}/`))).toHaveLength(1);
});
