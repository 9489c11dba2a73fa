import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createCalendars } from '../../channels/calendars/index.ts';
import type { Calendars } from '../../channels/calendars/index.ts';
import { refreshDueCalendar } from '../../channels/calendars/refreshCalendar.ts';
import { usePolicy } from '../helpers/database.ts';
import { calendar, event, file } from '../helpers/iCalendar.ts';
import { until } from '../helpers/system.ts';
import { startCalendarRefresh } from '../../workers/calendars.ts';
import { ADMIN, startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';
import { auditedOf, desk, faultsIn, makeSchedule, NOON, onCallIn } from './schedulesSupport.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const loopback = ['127.0.0.0/8'];
const real = createCalendars({ allowed: loopback, timeLimitMs: 1_000 });
let answered = 0;
let answeredInReading = 0;
const calendars: Calendars = {
  ...real,
  async read(...args) {
    const before = answered;
    const result = await real.read(...args);
    answeredInReading = answered - before;
    return result;
  },
};

let api: TestApi;
let now = NOON;
let respond: (response: ServerResponse) => void;
const server = createServer((_request, response) => {
  respond(response);
});
let url: string;
beforeAll(async () => {
  api = await startApi(() => now, { calendars });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/secret-path/basic.ics`;
});
beforeEach(async () => {
  now = NOON;
  // What an earlier test left due is not this one's.
  await api.pool.query("update schedule_calendars set refresh_at = '2100-01-01'");
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await api.stop();
});

const path = (id: string) => `/api/v1/schedules/${id}`;
const asFile = { 'content-type': 'text/calendar' };

/** A shift of somebody on 1 June, from one hour to another. */
const shift = (who: string, from: number, to: number) =>
  event(
    `UID:${who}-${from}`,
    `SUMMARY:${who}`,
    `DTSTART:20260601T${String(from).padStart(2, '0')}0000Z`,
    `DTEND:20260601T${String(to).padStart(2, '0')}0000Z`,
  );
const text = (...events: string[][]) => Buffer.from(file(calendar(...events.flat()))).toString();

const sendFile = (id: string, raw: string | Uint8Array<ArrayBuffer>, rest = '', headers = {}) =>
  api.call('POST', `${path(id)}/imports${rest}`, { raw, headers: { ...asFile, ...headers } });
const sendUrl = (id: string, address = url) =>
  api.call('POST', `${path(id)}/imports`, { body: { url: address } });
const serve = (body: string, headers: Record<string, string> = {}) => {
  respond = (response) => response.writeHead(200, headers).end(body);
};
const refresh = () => refreshDueCalendar(api.engine, calendars, new AbortController().signal);
const onCallAt = async (id: string, hour: number) =>
  onCallIn(
    await api.call(
      'GET',
      `${path(id)}/on-call?at=${new Date(NOON + (hour - 12) * HOUR).toISOString()}`,
    ),
  );
const stateOf = async (id: string) =>
  (await api.call('GET', path(id))).body['calendar'] as Record<string, unknown>;
const versionOf = async (id: string) => (await api.call('GET', path(id))).body['version'];

/** A schedule without layers. @returns its id */
const empty = (id: string) => makeSchedule(api, id, { layers: [] });

test('the worker refreshes each calendar that is due, without being told', async () => {
  serve(text(shift('ann', 14, 16)));
  const ids = [await empty('worked'), await empty('worked-too')];
  for (const id of ids) await sendUrl(id);
  serve(text(shift('bob', 14, 16)));
  now = NOON + HOUR;
  const log = pino({ level: 'silent' });
  const refreshing = startCalendarRefresh({ engine: api.engine, log, calendars, everyMs: 20 });
  try {
    for (const id of ids) {
      await until('the refresh', async () => (await onCallAt(id, 15)).includes('bob'));
    }
  } finally {
    await refreshing.stop();
  }
});

describe('a file', () => {
  test('becomes the shifts of the schedule, above its layers', async () => {
    const id = await makeSchedule(api, 'file');
    const answer = await sendFile(id, text(shift('Lea', 14, 16), shift('bob@example.org', 15, 17)));
    expect([answer.status, answer.body]).toMatchObject([
      201,
      { from: 'file', total: 2, people: [{ person: 'lea', shifts: 1 }, { person: 'bob' }] },
    ]);
    expect(await onCallAt(id, 13)).toEqual(['ann']);
    expect(await onCallAt(id, 14)).toEqual(['lea']);
    expect(await onCallAt(id, 15.5)).toEqual(['lea', 'bob']);
    expect(await onCallAt(id, 17)).toEqual(['ann']);
  });

  test('is a new version of the schedule, and audited', async () => {
    const id = await empty('versioned');
    await sendFile(id, text(shift('ann', 14, 16)));
    const { body } = await api.call('GET', `${path(id)}/versions`);
    expect(body['items']).toMatchObject([
      { version: 2, calendar: 'file' },
      { version: 1, calendar: null },
    ]);
    expect(await auditedOf(api, id)).toEqual([
      'scheduleStored',
      'scheduleStored',
      'calendarImported',
    ]);
  });

  test('is checked without a change', async () => {
    const id = await empty('checked');
    const answer = await sendFile(id, text(shift('ann', 14, 16)), '/check');
    expect([answer.status, answer.body]).toMatchObject([
      200,
      {
        shifts: [{ person: 'ann', from: '2026-06-01T14:00:00.000Z', uid: 'ann-14' }],
        gaps: [{ from: '2026-06-01T12:00:00.000Z', to: '2026-06-01T14:00:00.000Z' }, {}],
      },
    ]);
    expect([await versionOf(id), await stateOf(id)]).toEqual([1, null]);
  });

  test('with faults is refused with each line and event, and nothing of it is saved', async () => {
    const id = await empty('faulty');
    const answer = await sendFile(
      id,
      text(shift('ann', 14, 16), shift('zoe', 16, 18), shift('Yve', 18, 20), shift('bob', 20, 19)),
    );
    expect([answer.status, faultsIn(answer)]).toEqual([
      422,
      [
        ': line 21 (UID "bob-20"): the event must end after it begins',
        ': line 9 (UID "zoe-16"): nobody is called "zoe"',
        ': line 15 (UID "Yve-18"): nobody is called "Yve"',
      ],
    ]);
    expect([await versionOf(id), await stateOf(id)]).toEqual([1, null]);
  });

  test('with faults leaves the calendar that was there', async () => {
    const id = await empty('left');
    await sendFile(id, text(shift('ann', 14, 16)));
    expect((await sendFile(id, '<html>Sign in</html>')).status).toBe(422);
    expect(await onCallAt(id, 15)).toEqual(['ann']);
  });

  test.each([
    ['nothing', '', 422],
    ['broken bytes', Uint8Array.of(0xff, 0xfe, 0x00), 422],
    ['more than 2 MiB', 'x'.repeat(2 * 1024 * 1024 + 1), 413],
  ])('that is %s is refused', async (_what, raw, status) => {
    await empty('bad').catch(() => undefined);
    expect((await sendFile('bad', raw)).status).toBe(status);
  });

  test('of ten thousand events is taken, and the API answers others meanwhile', async () => {
    const id = await empty('large');
    const events = Array.from({ length: 10_000 }, (_, index) => {
      const start = new Date(NOON + index * HOUR).toISOString().replace(/[-:]|\.\d+/g, '');
      return event(
        `UID:${index}`,
        `SUMMARY:${index % 2 === 0 ? 'ann' : 'bob'}`,
        `DTSTART:${start}`,
        'DURATION:PT1H',
      );
    });
    const progress = { done: false };
    const importing = sendFile(id, text(...events)).finally(() => {
      progress.done = true;
    });
    while (!progress.done) {
      expect((await api.call('GET', '/api/v1/me')).status).toBe(200);
      answered += 1;
    }
    const { status, body } = await importing;
    // From 31 days ago to 400 days ahead there are 9,600 hours.
    expect([status, body['total']]).toEqual([201, 9_600]);
    // A reader in the same thread would let nobody in between.
    expect(answeredInReading).toBeGreaterThan(0);
    expect(await onCallAt(id, 13)).toEqual(['bob']);
    const shifts = await api.call('GET', `${path(id)}/shifts?from=2026-06-01&to=2026-11-28`);
    expect(shifts.body['shifts']).toHaveLength(4_308);
  });

  test('whose rules never end is refused, not followed', async () => {
    const id = await empty('endless');
    const hostile = Array.from({ length: 50 }, (_, index) =>
      event(
        `UID:${index}`,
        'SUMMARY:ann',
        'DTSTART:20000101T000000Z',
        'DURATION:PT1S',
        'RRULE:FREQ=SECONDLY',
      ),
    );
    const answer = await sendFile(id, text(...hostile));
    expect([answer.status, faultsIn(answer).length > 0]).toEqual([422, true]);
  });

  test('is imported once for a key', async () => {
    const id = await empty('keyed');
    const headers = { 'idempotency-key': 'one-import' };
    const body = text(shift('ann', 14, 16));
    await sendFile(id, body, '', headers);
    expect((await sendFile(id, body, '', headers)).status).toBe(201);
    expect(await versionOf(id)).toBe(2);
    const other = await sendFile(id, text(shift('bob', 14, 16)), '', headers);
    expect(other.body['type']).toBe('urn:provisor:problem:keyReused');
  });

  test('that is taken off leaves the layers', async () => {
    const id = await makeSchedule(api, 'off');
    await sendFile(id, text(shift('lea', 14, 16)));
    expect((await api.call('DELETE', `${path(id)}/imports`)).status).toBe(200);
    expect(await onCallAt(id, 15)).toEqual(['ann']);
    expect((await api.call('DELETE', `${path(id)}/imports`)).status).toBe(404);
  });

  test('goes on repeating: it is read again each day', async () => {
    const id = await empty('repeating');
    await sendFile(
      id,
      text(
        event(
          'UID:r',
          'SUMMARY:ann',
          'DTSTART:20260601T140000Z',
          'DURATION:PT1H',
          'RRULE:FREQ=DAILY',
        ),
      ),
    );
    const inTwoYears = 12 + 730 * 24 + 2;
    expect(await onCallAt(id, inTwoYears)).toEqual([]);
    now = NOON + 700 * DAY;
    expect(await refresh()).toBe(id);
    expect(await onCallAt(id, inTwoYears)).toEqual(['ann']);
  });
});

describe('an address', () => {
  test('is shown by its host alone, for its path may be a password', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('secret');
    const answer = await sendUrl(id);
    expect(answer.status).toBe(201);
    expect(await stateOf(id)).toMatchObject({ from: new URL(url).host, lastError: null });
    const shown: Answer[] = [
      answer,
      await api.call('GET', path(id)),
      await api.call('GET', `${path(id)}/versions`),
      await api.call('GET', '/api/v1/audit?limit=200'),
    ];
    expect(JSON.stringify(shown.map(({ body }) => body))).not.toContain('secret-path');
  });

  test.each([
    ['that answers 404', 404, /^\/url: 127\.0\.0\.1:\d+ answered 404$/],
    ['that redirects to nowhere', 302, /redirects to nowhere$/],
  ])('%s is refused with the reason', async (_what, status, issue) => {
    respond = (response) => response.writeHead(status).end();
    await empty('unreachable').catch(() => undefined);
    const answer = await sendUrl('unreachable');
    expect([answer.status, faultsIn(answer)]).toEqual([422, [expect.stringMatching(issue)]]);
  });

  test.each([
    'file:///etc/passwd',
    'http://169.254.169.254/latest',
    'http://10.0.0.1/a.ics',
    'ftp://x/y',
  ])('%s is refused', async (address) => {
    await empty('forbidden').catch(() => undefined);
    const answer = await sendUrl('forbidden', address);
    expect([answer.status, faultsIn(answer)[0]]).toEqual([422, expect.stringMatching(/^\/url: /)]);
  });

  test('is asked again after an hour, and what changed there is taken', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('refreshed');
    await sendUrl(id);
    serve(text(shift('bob', 14, 16)));
    now = NOON + HOUR - 1;
    expect(await refresh()).toBeUndefined();
    now = NOON + HOUR;
    expect(await refresh()).toBe(id);
    expect(await onCallAt(id, 15)).toEqual(['bob']);
    expect(await versionOf(id)).toBe(2);
  });

  test('that has nothing new keeps its shifts', async () => {
    serve(text(shift('ann', 14, 16)), { etag: '"one"' });
    const id = await empty('unchanged');
    await sendUrl(id);
    respond = (response) =>
      response.writeHead(response.req.headers['if-none-match'] === '"one"' ? 304 : 500).end();
    now = NOON + HOUR;
    await refresh();
    expect(await onCallAt(id, 15)).toEqual(['ann']);
    expect(await stateOf(id)).toMatchObject({
      readAt: new Date(now).toISOString(),
      lastError: null,
    });
  });

  test('that fails keeps the last good shifts, says why and since when, and works again by itself', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('failing');
    await sendUrl(id);
    respond = (response) => response.writeHead(503).end();
    now = NOON + HOUR;
    await refresh();
    const since = new Date(now).toISOString();
    expect(await stateOf(id)).toMatchObject({
      failingSince: since,
      lastError: expect.stringContaining('answered 503') as string,
      readAt: new Date(NOON).toISOString(),
      refreshAt: new Date(now + 60_000).toISOString(),
    });
    now += 60_000;
    serve(text(shift('zoe', 14, 16)));
    await refresh();
    expect(await stateOf(id)).toMatchObject({
      failingSince: since,
      lastError: 'line 3 (UID "zoe-14"): nobody is called "zoe"',
      refreshAt: new Date(now + 120_000).toISOString(),
    });
    expect(await onCallAt(id, 15)).toEqual(['ann']);
    now += 120_000;
    serve(text(shift('bob', 14, 16)));
    await refresh();
    expect(await stateOf(id)).toMatchObject({ failingSince: null, lastError: null });
    expect(await onCallAt(id, 15)).toEqual(['bob']);
  });

  test('that asks to wait is left alone for so long', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('patient');
    await sendUrl(id);
    respond = (response) => response.writeHead(503, { 'retry-after': '600' }).end();
    now = NOON + HOUR;
    await refresh();
    expect((await stateOf(id))['refreshAt']).toBe(new Date(now + HOUR / 6).toISOString());
  });

  test('that hangs costs nothing but its own refresh', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('hanging');
    await sendUrl(id);
    respond = () => undefined;
    now = NOON + HOUR;
    await refresh();
    expect((await stateOf(id))['lastError']).toContain('no calendar within 1 s');
    expect(await onCallAt(id, 15)).toEqual(['ann']);
  });

  test('of which two workers hear at once is fetched by one', async () => {
    let asked = 0;
    serve(text(shift('ann', 14, 16)));
    const id = await empty('shared');
    await sendUrl(id);
    respond = (response) => {
      asked += 1;
      response.end(text(shift('ann', 14, 16)));
    };
    now = NOON + HOUR;
    const refreshed = await Promise.all([refresh(), refresh()]);
    expect(refreshed.toSorted()).toEqual([id, undefined]);
    expect(asked).toBe(1);
  });

  test('that a worker died with is refreshed by another, once the lease is over', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('orphaned');
    await sendUrl(id);
    now = NOON + HOUR;
    const dying = new AbortController();
    dying.abort();
    await refreshDueCalendar(api.engine, calendars, dying.signal);
    expect(await refresh()).toBeUndefined();
    now += 120_000;
    expect(await refresh()).toBe(id);
    expect((await stateOf(id))['lastError']).toBeNull();
  });

  test('whose import came too late does not replace a newer one', async () => {
    serve(text(shift('ann', 14, 16)));
    const id = await empty('replaced');
    await sendUrl(id);
    now = NOON + HOUR;
    respond = (response) => {
      now += 1_000;
      void sendFile(id, text(shift('bob', 14, 16))).then(() =>
        response.end(text(shift('lea', 14, 16))),
      );
    };
    await refresh();
    expect(await onCallAt(id, 15)).toEqual(['bob']);
    expect(await stateOf(id)).toMatchObject({ from: 'file' });
  });

  test('that names somebody who left fails, and the shifts stay as they were', async () => {
    serve(text(shift('bob', 14, 16)));
    const id = await empty('left-behind');
    await sendUrl(id);
    await usePolicy(api.pool, (policy) => ({
      ...policy,
      people: { ...policy.people, bob: { ...policy.people['bob']!, active: false } },
    }));
    now = NOON + HOUR;
    await refresh();
    await usePolicy(api.pool, (policy) => policy);
    expect((await stateOf(id))['lastError']).toContain('nobody is called "bob"');
    expect(await onCallAt(id, 15)).toEqual(['bob']);
  });

  test('is read anew at once when the zone of the schedule changes', async () => {
    serve(text(event('SUMMARY:ann', 'DTSTART:20260601T140000', 'DURATION:PT1H')));
    const id = await empty('moved');
    await sendUrl(id);
    await api.call('PUT', path(id), {
      body: { ...desk, layers: [], timeZone: 'Europe/Berlin' },
      key: ADMIN,
    });
    await refresh();
    expect([await onCallAt(id, 12), await onCallAt(id, 14)]).toEqual([['ann'], []]);
  });
});
