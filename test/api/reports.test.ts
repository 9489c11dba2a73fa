import { reportView } from '../../api/contract/reports.ts';
import type { ReportView } from '../../api/contract/reports.ts';
import { DAY, HOUR, MINUTE, toIso } from '../../domain/time.ts';
import { tick } from '../../records/commit.ts';
import { startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';

const monday = Date.parse('2026-03-02T08:00:00Z');
let now = monday;
let api: TestApi;
async function start(): Promise<void> {
  now = monday;
  api = await startApi(() => now);
}

const path = '/api/v1/reports/incidents';

/** A P1 of the web shop: respond within 15 minutes, resolve within 4 hours, at any time of day. */
function open(input: Record<string, unknown> = {}): Promise<string> {
  return api.open(input);
}

async function give(number: string, command: string, body: object = {}): Promise<Answer> {
  const answer = await api.call('POST', `/api/v1/incidents/${number}/${command}`, { body });
  expect([command, answer.status, answer.body['detail']]).toEqual([command, 200, undefined]);
  return answer;
}

const resolution = { code: 'fixed', notes: 'restarted' };

async function report(query = 'from=2026-03-01&to=2026-04-01'): Promise<ReportView> {
  const answer = await api.call('GET', `${path}?${query}`);
  expect([answer.status, answer.body['detail']]).toEqual([200, undefined]);
  return reportView.parse(answer.body);
}

describe('the figures', () => {
  beforeEach(start);
  afterEach(() => api.stop());

  test('a report on nothing has no groups and no figures', async () => {
    const { groups, total } = await report('by=team');
    expect(groups).toEqual([]);
    expect(total).toMatchObject({
      backlog: { count: 0, medianAgeMs: null, oldestAgeMs: null },
      opened: 0,
      resolve: { noted: { kept: 0, missed: 0, running: 0 } },
      restore: { count: 0, medianMs: null },
    });
  });

  test('the backlog is what is open now, however long ago it was opened', async () => {
    for (const age of [10, 3, 2, 1]) {
      now = monday - age * DAY;
      await open();
    }
    const resolved = await open();
    await give(resolved, 'resolve', resolution);
    now = monday;
    const { total } = await report('from=2026-03-01&to=2026-03-02');
    expect(total.backlog).toEqual({
      count: 4,
      medianAgeMs: 2.5 * DAY,
      p90AgeMs: Math.round(7.9 * DAY),
      oldestAgeMs: 10 * DAY,
    });
    expect(total.opened).toBe(2);
  });

  test('opened counts from the first moment of the period up to, not with, its last', async () => {
    for (const at of ['2026-02-28T23:59:59Z', '2026-03-01T00:00:00Z', '2026-03-31T23:59:59Z']) {
      now = Date.parse(at);
      await open();
    }
    now = Date.parse('2026-04-01T00:00:00Z');
    await open();
    expect((await report()).total.opened).toBe(2);
    expect((await report('from=2026-03-01T00:00:01Z&to=2026-04-01')).total.opened).toBe(1);
  });

  test('resolved counts by when it was resolved; what was reopened is not resolved', async () => {
    now = Date.parse('2026-02-27T08:00:00Z');
    const one = await open();
    const other = await open();
    now = monday;
    await give(one, 'resolve', resolution);
    await give(other, 'resolve', resolution);
    expect((await report()).total).toMatchObject({ opened: 0, resolved: 2 });
    now += HOUR;
    await give(other, 'reopen', { reason: 'again' });
    expect((await report()).total.resolved).toBe(1);
  });

  test('a goal is kept, missed or still running; cancelled in time is none of them, cancelled too late is missed', async () => {
    const kept = await open();
    const missed = await open();
    const withdrawn = await open();
    const late = await open();
    await open();
    now += MINUTE;
    await give(kept, 'start');
    await give(withdrawn, 'cancel', { reason: 'an error' });
    now += 30 * MINUTE;
    await give(missed, 'start');
    await give(kept, 'resolve', resolution);
    now += 4 * HOUR;
    await give(missed, 'resolve', resolution);
    await give(late, 'cancel', { reason: 'to look better' });
    const fresh = await open();
    await give(fresh, 'start');
    const { total } = await report();
    // The one that nobody touched: its breach is noted by its timer, but it is computed as missed already.
    expect(total.respond).toEqual({
      noted: { kept: 2, missed: 2, running: 1 },
      corrected: { kept: 2, missed: 3, running: 0 },
    });
    expect(total.resolve).toEqual({
      noted: { kept: 1, missed: 2, running: 2 },
      corrected: { kept: 1, missed: 3, running: 1 },
    });
    expect(total.cancelled).toBe(2);
  });

  test('a correction computes the goal anew and leaves the noted breach: the report shows both', async () => {
    const number = await open();
    now += 5 * HOUR;
    await tick(api.engine, number, now);
    await give(number, 'resolve', resolution);
    const before = (await report()).total.resolve;
    expect([before.noted.missed, before.corrected.missed]).toEqual([1, 1]);
    await give(number, 'correct', {
      clock: 'resolve',
      fromAt: toIso(monday),
      toAt: toIso(monday + 2 * HOUR),
      reason: 'the customer asked us to wait',
    });
    const { noted, corrected } = (await report()).total.resolve;
    expect(noted).toEqual({ kept: 0, missed: 1, running: 0 });
    expect(corrected).toEqual({ kept: 1, missed: 0, running: 0 });
  });

  test('time to acknowledge runs from the opening to the first answer of a person', async () => {
    for (const minutes of [2, 4, 12]) {
      const number = await open();
      const at = now;
      now += minutes * MINUTE;
      await give(number, 'acknowledge');
      now = at;
    }
    await open();
    expect((await report()).total.acknowledge).toEqual({
      count: 3,
      medianMs: 4 * MINUTE,
      p90Ms: Math.round(10.4 * MINUTE),
    });
  });

  test('time to restore runs from when it began, else was detected, until service was back', async () => {
    const began = await open({ startedAt: toIso(monday - 2 * HOUR) });
    const detected = await open({ detectedAt: toIso(monday - HOUR) });
    now += 2 * HOUR;
    await give(began, 'resolve', resolution);
    const back = { restoredAt: toIso(monday + HOUR), restoredReason: 'seen later' };
    await give(detected, 'resolve', { ...resolution, ...back });
    expect((await report()).total.restore).toEqual({
      count: 2,
      medianMs: 3 * HOUR,
      p90Ms: 3.8 * HOUR,
    });
  });

  test('each group has its own figures, and the total is over all of them', async () => {
    const shop = await open();
    await open({ service: 'wiki', impact: 3, urgency: 3 });
    const moved = await open({ service: 'wiki', impact: 3, urgency: 3 });
    await give(moved, 'assign', { team: 'network', assignee: 'bob' });
    await give(shop, 'resolve', resolution);
    now += MINUTE;
    await give(shop, 'reopen', { reason: 'again' });
    const figures = async (by: string) =>
      (await report(`by=${by}`)).groups.map(
        ({ group, opened, reopens, reassignments, backlog }) => [
          ...[group, opened, reopens, reassignments, backlog.count],
        ],
      );
    expect(await figures('team')).toEqual([
      ['network', 1, 0, 1, 1],
      ['operations', 2, 1, 0, 2],
    ]);
    expect(await figures('service')).toEqual([
      ['shop', 1, 1, 0, 1],
      ['wiki', 2, 0, 1, 2],
    ]);
    expect(await figures('priority')).toEqual([
      ['1', 1, 1, 0, 1],
      ['4', 2, 0, 1, 2],
    ]);
    expect((await report('by=team')).total).toMatchObject({
      ...{ opened: 3, reopens: 1, reassignments: 1 },
      backlog: { count: 3 },
    });
  });

  test('without a period it is about the last 30 days', async () => {
    now = monday - 31 * DAY;
    await open();
    now = monday - 29 * DAY;
    await open();
    now = monday;
    const { total, from, to } = await report('');
    expect(total.opened).toBe(1);
    expect([from, to]).toEqual([toIso(monday - 30 * DAY), toIso(monday)]);
  });
});

describe('asking', () => {
  beforeAll(start);
  afterAll(() => api.stop());

  test('the CSV says what it is and has a line a group', async () => {
    await open();
    const answer = await fetch(`${api.url}${path}?by=team&format=csv`, {
      headers: { authorization: `Bearer ${await api.key('ann', ['agent'])}` },
    });
    expect(answer.headers.get('content-type')).toBe('text/csv; header=present; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(await answer.text()).toMatch(/^group,backlog\.count,.*\r\noperations,1,.*\r\n$/);
  });

  test('people who only ask, and integrations, get no report', async () => {
    for (const role of ['requester', 'integration'] as const) {
      const answer = await api.call('GET', path, { key: await api.key(`a-${role}`, [role]) });
      expect([role, answer.status]).toEqual([role, 403]);
    }
  });

  test.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['from=0000-01-01', 'from'],
    ['from=2026-03-02&to=2026-03-02', 'from'],
    ['to=2026-13-01T00:00:00Z', 'to'],
    ["by=team'--", 'by'],
    ['by=constructor', 'by'],
    ['format=xml', 'format'],
    ['team=a', 'team'],
    ['by=team&by=none', 'by'],
  ])('%s is refused by name', async (query, parameter) => {
    const answer = await api.call('GET', `${path}?${query}`);
    expect([answer.status, answer.body['errors']]).toEqual([
      400,
      [expect.objectContaining({ parameter })],
    ]);
  });
});
