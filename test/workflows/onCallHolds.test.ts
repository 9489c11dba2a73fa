import { pino } from 'pino';
import { DAY, HOUR, MINUTE, SECOND, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { startHeldPagesSweep } from '../../workers/heldPages.ts';
import { startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';
import { until } from '../helpers/system.ts';

const WINDOWS = '/api/v1/maintenance-windows';

let stage: OnCallStage;
beforeAll(async () => {
  stage = await startOnCallStage();
});
afterAll(() => stage.stop());
beforeEach(async () => {
  await stage.system.database.pool.query('truncate maintenance_windows');
  await stage.escalateBy({
    steps: [
      { to: [{ person: 'ann' }], wait: '2h' },
      { to: [{ person: 'bob' }], wait: '2h' },
    ],
  });
});

const lasting = (
  ms: number,
  covers: unknown = { services: ['shop'] },
  from: Instant = Date.now(),
) => ({
  reason: 'New switch',
  covers,
  when: { kind: 'once', from: toIso(from), to: toIso(from + ms) },
});
const makeWindow = async (body: object): Promise<string> =>
  String((await stage.done('lea', 'POST', WINDOWS, body))['id']);
const held = (number: string, times = 1) =>
  until(`hold ${times} of ${number}`, async () => {
    const events = await stage.eventsOf(number, 'pagesHeld');
    return events.length >= times && events;
  });
const end = (window: string, at?: Instant) =>
  stage.done('lea', 'POST', `${WINDOWS}/${window}/end`, at === undefined ? {} : { at: toIso(at) });
const heldBy = async (number: string) =>
  (await stage.done('lea', 'GET', `/api/v1/incidents/${number}`))['heldBy'];

test('a window that ends by itself pages what still wants an answer, in the order of the steps', async () => {
  const window = await makeWindow(lasting(3 * HOUR));
  const number = await stage.open();
  const [hold] = await held(number);
  expect(hold?.data).toMatchObject({ by: 'window', id: window, why: 'service' });
  await stage.passes(number, 2 * HOUR + 50 * MINUTE);
  expect(stage.pages(number)).toEqual([]);
  await stage.passes(number, 11 * MINUTE);
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  expect(await heldBy(number)).toBeNull();
  await stage.give('ann', number, 'acknowledge');
});

test('a window that is extended while an escalation waits holds it until the new end', async () => {
  const window = await makeWindow(lasting(HOUR));
  const number = await stage.open();
  await held(number);
  await end(window, Date.now() + 3 * HOUR);
  const [, again] = await held(number, 2);
  expect(Number(again?.data['until'])).toBeGreaterThan(Date.now() + 2 * HOUR);
  await stage.passes(number, 2 * HOUR);
  expect(stage.pages(number)).toEqual([]);
  await stage.passes(number, HOUR + MINUTE);
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  await stage.give('ann', number, 'acknowledge');
});

test('a window that is ended early, or changed to cover something else, pages at once', async () => {
  const ended = await makeWindow(lasting(3 * HOUR));
  const first = await stage.open();
  await held(first);
  await end(ended);
  expect(await stage.untilPages(first, 1)).toEqual(['Ann by email']);
  await stage.give('ann', first, 'acknowledge');

  const body = lasting(3 * HOUR);
  const changed = await makeWindow(body);
  const second = await stage.open();
  await held(second);
  await stage.done('lea', 'PUT', `${WINDOWS}/${changed}`, {
    ...body,
    covers: { services: ['wiki'] },
  });
  expect(await stage.untilPages(second, 1)).toEqual(['Ann by email']);
  await stage.give('ann', second, 'acknowledge');
});

test('what a process that died could not release after it had ended a window is released by the worker', async () => {
  const { database, engine } = stage.system;
  const window = await makeWindow(lasting(3 * HOUR));
  const number = await stage.open();
  await held(number);
  // The window's transaction is through and the release waits for the record: there its connection is cut, as by `kill -9`.
  const locking = await database.pool.connect();
  await locking.query('begin');
  await locking.query('select from records where number = $1 for update', [number]);
  const ending = end(window);
  await until('the release to wait', async () => {
    const { rowCount } = await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%from records%'`,
    );
    return rowCount === 1;
  });
  expect((await ending)['state']).toBe('past');
  await locking.query('commit');
  locking.release();
  expect(await heldBy(number)).toMatchObject({ id: window });
  expect(stage.pages(number)).toEqual([]);

  const sweep = startHeldPagesSweep({ engine, log: pino({ level: 'silent' }) }, SECOND);
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  await sweep.stop();
  await stage.give('ann', number, 'acknowledge');
});

test('a window that ends in the very moment in which an escalation notes that it is held holds nothing', async () => {
  const { pool } = stage.system.database;
  const number = await stage.open();
  await stage.untilPages(number, 1);
  const window = await makeWindow(lasting(6 * HOUR));
  const locking = await pool.connect();
  await locking.query('begin');
  await locking.query('select from records where number = $1 for update', [number]);
  const passing = stage.passes(number, 2 * HOUR + MINUTE);
  await until('the note to wait for the record', async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%from records%'`,
    );
    return rowCount === 1;
  });
  await end(window);
  await locking.query('commit');
  locking.release();
  await passing;
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  await stage.give('bob', number, 'acknowledge');
});

test('a window over an incident that was paged already holds back its next step, and the one who was paged can still acknowledge', async () => {
  const number = await stage.open();
  await stage.untilPages(number, 1);
  await makeWindow(lasting(6 * HOUR));
  await stage.passes(number, 2 * HOUR + MINUTE);
  await held(number);
  expect(stage.pages(number)).toEqual(['Ann by email']);
  await stage.give('ann', number, 'acknowledge');
  expect(await stage.eventsOf(number, 'acknowledged')).toHaveLength(1);
});

test('a major incident that is accepted during a window is paged at once', async () => {
  await makeWindow(lasting(3 * HOUR, 'everything'));
  const number = await stage.open();
  await held(number);
  await stage.give('lea', number, 'proposeMajor', { reason: 'All shops' });
  expect(stage.pages(number)).toEqual([]);
  await stage.give('lea', number, 'acceptMajor', { commander: 'lea' });
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  await stage.give('ann', number, 'acknowledge');
});

test('an incident that turns out to be about a service which the window does not cover is paged at once', async () => {
  await makeWindow(lasting(3 * HOUR, { services: ['wiki'] }));
  await stage.escalateBy(
    { steps: [{ to: [{ person: 'ann' }], wait: '2h' }] },
    {
      services: Object.fromEntries(
        ['shop', 'wiki'].map((name) => [
          name,
          { name, team: 'operations', serviceLevel: 'standard', escalation: 'standard' },
        ]),
      ),
    },
  );
  const number = await stage.open({ service: 'wiki' });
  await held(number);
  await stage.give('lea', number, 'amend', { service: 'shop' });
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  await stage.give('ann', number, 'acknowledge');
});

test('a window that recurs holds again at its next occurrence, and pages between them', async () => {
  // The first occurrence began half an hour ago, and the next one begins a day later.
  const began = Math.floor((Date.now() - 30 * MINUTE) / MINUTE) * MINUTE;
  const date = (at: Instant) => toIso(at).slice(0, 10);
  await makeWindow({
    reason: 'Patches',
    covers: { services: ['shop'] },
    when: {
      kind: 'weekly',
      timeZone: 'UTC',
      weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
      time: toIso(began).slice(11, 16),
      lasts: '2h',
      from: date(began),
      until: date(began + DAY),
    },
  });
  await stage.escalateBy({
    steps: [
      { to: [{ person: 'ann' }], wait: '23h' },
      { to: [{ person: 'bob' }], wait: '2h' },
    ],
  });
  const number = await stage.open();
  await held(number);
  await stage.passes(number, 91 * MINUTE);
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  // The second step falls into the second occurrence.
  await stage.passes(number, 23 * HOUR + 5 * MINUTE);
  await held(number, 2);
  expect(stage.pages(number)).toEqual(['Ann by email']);
  await stage.passes(number, 2 * HOUR);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
  await stage.give('bob', number, 'acknowledge');
});

describe('what a service depends on', () => {
  const services = {
    network: {
      name: 'Network',
      team: 'operations',
      serviceLevel: 'standard',
      escalation: 'standard',
    },
    shop: {
      name: 'Web shop',
      team: 'operations',
      serviceLevel: 'standard',
      escalation: 'standard',
      dependsOn: ['network'],
    },
  };
  beforeEach(async () => {
    await stage.escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '2h' }] }, { services });
  });

  test('a major incident is paged though what its service depends on is down', async () => {
    const cause = await stage.open({ service: 'network' });
    await stage.untilPages(cause, 1);
    const number = await stage.open();
    await held(number);
    await stage.give('lea', number, 'proposeMajor', { reason: 'All shops' });
    await stage.give('lea', number, 'acceptMajor', { commander: 'lea' });
    expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
    await stage.give('ann', number, 'acknowledge');
    await stage.give('ann', cause, 'resolve', { code: 'fixed', notes: 'Cable' });
  });

  test('a cause that is withdrawn lets go as one that is resolved does', async () => {
    const cause = await stage.open({ service: 'network' });
    await stage.untilPages(cause, 1);
    const number = await stage.open();
    await held(number);
    await stage.give('lea', cause, 'cancel', { reason: 'A test of the alarm' });
    expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
    await stage.give('ann', number, 'acknowledge');
  });

  test('once its incident is over, a window that covers the same still holds', async () => {
    const cause = await stage.open({ service: 'network' });
    await stage.untilPages(cause, 1);
    const number = await stage.open();
    await held(number);
    const window = await makeWindow(lasting(3 * HOUR));
    await stage.give('ann', cause, 'resolve', { code: 'fixed', notes: 'Cable' });
    const [, second] = await held(number, 2);
    expect(second?.data).toMatchObject({ by: 'window', id: window });
    await stage.passes(number, 3 * HOUR + MINUTE);
    expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
    await stage.give('ann', number, 'acknowledge');
  });
});
