import { DAY, HOUR, MINUTE, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import {
  always,
  handOverAt,
  minuteAfter,
  schedule,
  startOnCallStage,
} from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';

const DESK = '/api/v1/schedules/desk';
const byDesk = [{ schedule: 'desk' }];

let stage: OnCallStage;
beforeAll(async () => {
  stage = await startOnCallStage();
});
afterAll(() => stage.stop());
/** Ann is on call; a step that nobody answers asks again who is. */
beforeEach(async () => {
  await stage.system.database.pool.query('truncate schedules cascade');
  await stage.escalateBy({
    steps: [
      { to: byDesk, wait: '30m' },
      { to: byDesk, wait: '30m' },
    ],
    catchAll: { to: [{ person: 'lea' }] },
  });
});

const make = (layers: readonly object[] = [always('ann')], more: object = {}) =>
  stage.done('lea', 'POST', '/api/v1/schedules', { id: 'desk', ...schedule(layers, more) });

/** Why each of the people of a record's pages was meant, in the order of the pages. */
const reasons = async (number: string) =>
  (await stage.eventsOf(number, 'paged')).map(({ data }) => data['because']);

/** The first page has reached Ann and nobody has answered. */
async function paged(): Promise<string> {
  const number = await stage.open();
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  return number;
}

/** From in ten minutes to in two hours: the second step falls into it. */
const soon = () => {
  const from = minuteAfter(10 * MINUTE);
  return { from: toIso(from), to: toIso(from + 2 * HOUR) };
};

/** Who was paged first still has an answer. */
async function annAcknowledges(number: string): Promise<void> {
  await stage.give('ann', number, 'acknowledge');
  expect((await stage.eventsOf(number, 'acknowledged')).map(({ actor }) => actor.id)).toEqual([
    'ann',
  ]);
}

test('after an override during an open page the next step pages whom it names, and says by which override', async () => {
  const { version } = await make();
  const number = await paged();
  const body = { kind: 'replace', person: 'bob', insteadOf: 'ann', ...soon() };
  const { id } = await stage.done('lea', 'POST', `${DESK}/overrides`, body);
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  expect(await reasons(number)).toMatchObject([
    { ann: { schedule: 'desk', version, source: { kind: 'layer', name: 'always ann' } } },
    { bob: { schedule: 'desk', version, source: { kind: 'override', id } } },
  ]);
  await annAcknowledges(number);
});

test('after a swap was accepted during an open page the next step pages who took the shift', async () => {
  await make();
  const number = await paged();
  const asked = await stage.done('ann', 'POST', `${DESK}/swaps`, { to: 'bob', shift: soon() });
  const swap = String(asked['id']);
  await stage.done('bob', 'POST', `/api/v1/swaps/${swap}/accept`);
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  const overrides = await stage.done('lea', 'GET', `${DESK}/overrides`);
  const [override] = overrides['items'] as { id: string; swap: string }[];
  expect(override?.swap).toBe(swap);
  expect((await reasons(number))[1]).toMatchObject({
    bob: { source: { kind: 'override', id: override?.id } },
  });
  await annAcknowledges(number);
});

test('a swap that was only asked for changes nobody who is paged', async () => {
  await make();
  const number = await paged();
  await stage.done('ann', 'POST', `${DESK}/swaps`, { to: 'bob', shift: soon() });
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Ann by email']);
  await annAcknowledges(number);
});

test('a temporary schedule that begins during an open page is asked by the next step, and so is the version that has it', async () => {
  await make();
  const number = await paged();
  const temporary = [{ name: 'storm', ...soon(), layers: [always('bob')] }];
  const { version } = await stage.done(
    'lea',
    'PUT',
    DESK,
    schedule([always('ann')], { temporary }),
  );
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  expect((await reasons(number))[1]).toMatchObject({
    bob: { version, source: { kind: 'layer', temporary: 'storm', name: 'always bob' } },
  });
  await annAcknowledges(number);
});

test('a hand-over during an open page: each step pages who is on call as it fires', async () => {
  await make([handOverAt(minuteAfter(10 * MINUTE))]);
  const number = await paged();
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  expect(await reasons(number)).toMatchObject([
    { ann: { source: { kind: 'layer', turn: 0 } } },
    { bob: { source: { kind: 'layer', turn: 1 } } },
  ]);
  await annAcknowledges(number);
});

test('a schedule that the policy in force names is not deleted under its escalation', async () => {
  await make();
  const number = await paged();
  const refused = await stage.call('lea', 'DELETE', DESK);
  expect(refused.body).toMatchObject({
    status: 409,
    detail: expect.stringContaining('standard') as string,
  });
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Ann by email']);
  await annAcknowledges(number);
});

test('a schedule that only the policy of a running escalation names may go: the step means nobody, says so, and the catch-all is paged', async () => {
  await make();
  const number = await paged();
  await stage.escalateBy({ steps: [{ to: [{ person: 'cem' }], wait: '30m' }] });
  await stage.done('lea', 'DELETE', DESK);
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Lea by email']);
  expect((await stage.eventsOf(number, 'paged'))[1]?.data).toMatchObject({
    rule: 'escalations.standard.catchAll',
    skipped: [
      {
        rule: 'steps.1',
        why: 'nobody',
        dropped: [{ kind: 'schedule', key: 'desk', why: 'unknown' }],
      },
    ],
  });
  await annAcknowledges(number);
});

test('a schedule that gets another name is the same one for a running escalation', async () => {
  await make();
  const number = await paged();
  const renamed = { ...schedule([always('bob')]), name: 'Night desk' };
  const { version } = await stage.done('lea', 'PUT', DESK, renamed);
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  expect((await reasons(number))[1]).toMatchObject({ bob: { schedule: 'desk', version } });
  await annAcknowledges(number);
});

test('a policy that is edited under a running escalation leaves it its steps; the next escalation has the new ones', async () => {
  await make();
  const number = await paged();
  const hash = (await stage.eventsOf(number, 'paged'))[0]?.policy;
  await stage.escalateBy({ steps: [{ to: [{ person: 'cem' }], wait: '30m' }] });
  await stage.passes(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Ann by email']);
  const { rows } = await stage.system.database.pool.query<{ policy: string }>(
    "select policy from effects where number = $1 and kind = 'escalation'",
    [number],
  );
  expect(rows).toEqual([{ policy: hash }]);
  await annAcknowledges(number);
  const next = await stage.open();
  expect(await stage.untilPages(next, 1)).toEqual(['Cem by email']);
  await stage.give('cem', next, 'acknowledge');
});

/** The last Sunday of a month at 01:00 UTC: when the clocks of Berlin change. */
function lastSunday(year: number, month: number): Instant {
  const end = Date.UTC(year, month, 0, 1);
  return end - new Date(end).getUTCDay() * DAY;
}

/** The next change of Berlin's clocks in a month that is at least two days away. */
function nextChange(month: number): Instant {
  const year = new Date().getUTCFullYear();
  const [change] = [year, year + 1]
    .map((one) => lastSunday(one, month))
    .filter((at) => at > Date.now() + 2 * DAY);
  return change ?? 0;
}

test.each([
  // 02:30 does not exist: it comes as late as the clock was put forward, at 03:30, 30 minutes after the change.
  ['in the gap of spring', 3, 30 * MINUTE],
  // 02:30 comes twice: it is in the first hour, 30 minutes before the change.
  ['in the overlap of autumn', 10, -30 * MINUTE],
])('a hand-over at 02:30 %s, across a running escalation', async (_, month, after) => {
  const handOver = nextChange(month) + after;
  const { name, people } = handOverAt(handOver);
  const layer = {
    name,
    people,
    rotation: { kind: 'daily', every: 30, handOver: '02:30' },
    start: toIso(handOver - 30 * DAY).slice(0, 10),
  };
  await make([layer], { timeZone: 'Europe/Berlin' });
  const first = handOver - 10 * MINUTE - Date.now();
  await stage.escalateBy({
    steps: [
      { to: [{ person: 'lea' }], wait: `${Math.floor(first / MINUTE)}m` },
      { to: byDesk, wait: '20m' },
      { to: byDesk, wait: '60m' },
      { to: byDesk, wait: '60m' },
    ],
  });
  const number = await stage.open();
  await stage.untilPages(number, 1);
  await stage.passes(number, first + 100 * MINUTE);
  await stage.untilPages(number, 4);
  // Ten minutes before it, ten after it, and after the hour that is left out or comes again.
  const meant = (await stage.eventsOf(number, 'paged')).map(({ data }) => data['people']);
  expect(meant).toEqual([['lea'], ['ann'], ['bob'], ['bob']]);
  await stage.give('bob', number, 'acknowledge');
});
