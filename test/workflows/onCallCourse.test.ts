import { HOUR, MINUTE, SECOND, toIso } from '../../domain/time.ts';
import { startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';
import { until } from '../helpers/system.ts';

let stage: OnCallStage;
beforeAll(async () => {
  stage = await startOnCallStage();
});
afterAll(() => stage.stop());

const ann = { person: 'ann' };
const bob = { person: 'bob' };
const cem = { person: 'cem' };

/** Lets time pass up to the next step, so often, and waits for one page each time. @returns whom all pages reached */
async function step(number: string, minutes: number, times: number): Promise<readonly string[]> {
  let paged = await stage.untilPages(number, 1);
  for (let count = 0; count < times; count += 1) {
    await stage.passes(number, minutes * MINUTE);
    paged = await stage.untilPages(number, paged.length + 1);
  }
  return paged;
}

test('a jump leads back to its step as often as the policy says, then the steps go on', async () => {
  await stage.escalateBy({
    steps: [
      { name: 'first', to: [ann], wait: '5m' },
      { to: [bob], wait: '5m', jumpTo: 'first' },
      { to: [cem], wait: '2h' },
    ],
  });
  const number = await stage.open();
  expect(await step(number, 6, 4)).toEqual([
    ...['Ann by email', 'Bob by email', 'Ann by email', 'Bob by email'],
    'Cem by email',
  ]);
  await stage.give('cem', number, 'acknowledge');
});

test('a step is taken no sooner after the one before than its wait, though its timer runs out early', async () => {
  await stage.escalateBy({
    steps: [
      { to: [ann], wait: '3s' },
      { to: [bob], wait: '2h' },
    ],
  });
  const number = await stage.open();
  await stage.untilPages(number, 2);
  const [first, second] = await stage.eventsOf(number, 'paged');
  expect(second?.at).toBeGreaterThanOrEqual((first?.at ?? Infinity) + 3 * SECOND);
  await stage.give('bob', number, 'acknowledge');
});

test('a step whose condition does not hold is passed over without a wait, and the page says which and why', async () => {
  await stage.escalateBy({
    steps: [
      { to: [ann], wait: '2h', when: { priorities: [2] } },
      { to: [bob], wait: '2h', when: { priorities: [1] } },
    ],
    catchAll: { to: [cem] },
  });
  const number = await stage.open();
  expect(await stage.untilPages(number, 1)).toEqual(['Bob by email']);
  const [paged] = await stage.eventsOf(number, 'paged');
  expect(paged?.data['skipped']).toMatchObject([{ rule: 'steps.0', why: 'priorities' }]);
  await stage.give('bob', number, 'acknowledge');
});

test('when one of two has acknowledged, the next step is paged all the same, and not who acknowledged', async () => {
  await stage.escalateBy({
    steps: [
      { to: [{ team: 'operations' }], wait: '10m', acknowledgedBy: 2 },
      { to: [ann, cem], wait: '2h' },
    ],
  });
  const number = await stage.open();
  expect((await stage.untilPages(number, 2)).toSorted()).toEqual(['Ann by email', 'Bob by email']);
  await stage.give('ann', number, 'acknowledge');
  await stage.passes(number, 11 * MINUTE);
  expect((await stage.untilPages(number, 3)).at(-1)).toBe('Cem by email');
  await stage.give('cem', number, 'acknowledge');
  const run = stage.system.client.workflow.getHandle(`${number}/1/0`);
  await until('its end', async () => (await run.describe()).status.name === 'COMPLETED');
  expect(stage.pages(number)).toHaveLength(3);
});

describe('who asks for more people during a maintenance window', () => {
  const windows = '/api/v1/maintenance-windows';
  beforeEach(async () => {
    await stage.escalateBy({
      steps: [
        { to: [ann], wait: '2h' },
        { to: [bob], wait: '2h' },
      ],
    });
    const now = Date.now();
    const body = {
      reason: 'New switch',
      covers: { services: ['shop'] },
      when: { kind: 'once', from: toIso(now), to: toIso(now + 3 * HOUR) },
    };
    await stage.done('lea', 'POST', windows, body);
  });
  const held = (number: string) =>
    until(
      `a hold of ${number}`,
      async () => (await stage.eventsOf(number, 'pagesHeld')).length > 0,
    );

  test('gets them at once, also for what pages nobody by itself', async () => {
    const number = await stage.open({ impact: 3, urgency: 3 });
    await stage.give('cem', number, 'escalate', { reason: 'Needs operations' });
    expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
    expect(await stage.eventsOf(number, 'pagesHeld')).toEqual([]);
    await stage.give('ann', number, 'acknowledge');
  });

  test('gets them for what was held back until then, and its steps go on', async () => {
    const number = await stage.open();
    await held(number);
    await stage.give('cem', number, 'escalate', { reason: 'Needs operations' });
    expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
    await stage.passes(number, 2 * HOUR + MINUTE);
    expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
    await stage.give('bob', number, 'acknowledge');
  });
});
