import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { DAY, toIso } from '../../domain/time.ts';
import { leanSandbox, tsxLoader } from '../../runtime/folders.ts';
import { SECRET, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { runningEngines, usePolicy } from '../helpers/database.ts';
import { calendar, event, file } from '../helpers/iCalendar.ts';
import { until } from '../helpers/system.ts';

let api: TestApi;
let hook: Receiver;
beforeAll(async () => {
  api = await startApi();
  hook = await startReceiver();
});
afterAll(async () => {
  await Promise.all([api.stop(), hook.close()]);
});

/** The worker as it runs in production, but for Temporal: nobody listens there. */
function startWorker(): ChildProcess {
  return spawn(
    process.execPath,
    [
      ...['--import', tsxLoader(), '--import', leanSandbox()],
      resolve(__dirname, '../../workers/main.ts'),
    ],
    {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        DATABASE_URL: api.databaseUrl,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        PROVISOR_SECRET: SECRET,
        PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
        PROVISOR_WORKFLOW_BUNDLE: join(runningEngines().home, 'workflows.js'),
      },
      stdio: 'ignore',
    },
  );
}

/** Cem is on call, and has no contact method; Lea leads the team whose service is escalated by the schedule. */
async function leaveUncovered(): Promise<void> {
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    people: {
      ...policy.people,
      cem: { name: 'Cem' },
      lea: { name: 'Lea', webhook: `${hook.url}/lea` },
    },
    escalations: {
      standard: {
        priorities: [1],
        steps: [{ to: [{ schedule: 'desk' }], wait: '5m' }],
        catchAll: { to: [{ team: 'operations' }] },
      },
    },
  }));
  const rotation = { kind: 'daily', handOver: '12:00' };
  const start = toIso(Date.now() - 2 * DAY).slice(0, 10);
  const body = {
    ...{ id: 'desk', name: 'Desk', timeZone: 'UTC' },
    layers: [{ name: 'always', rotation, start, people: ['cem'] }],
  };
  expect((await api.call('POST', '/api/v1/schedules', { body })).status).toBe(201);
}

/** A calendar that was read long ago, and is to be read again. */
async function leaveUnread(): Promise<void> {
  const body = { id: 'read', name: 'Read', timeZone: 'UTC', layers: [] };
  expect((await api.call('POST', '/api/v1/schedules', { body })).status).toBe(201);
  const raw = Buffer.from(
    file(calendar(...event('SUMMARY:ann', 'DTSTART:20260601T140000Z', 'DURATION:PT1H'))),
  ).toString();
  const headers = { 'content-type': 'text/calendar' };
  const answer = await api.call('POST', '/api/v1/schedules/read/imports', { raw, headers });
  expect(answer.status).toBe(201);
  await api.pool.query(
    "update schedule_calendars set read_at = '2026-01-01', refresh_at = '2026-01-02'",
  );
}

const readAt = async (): Promise<string> => {
  const { body } = await api.call('GET', '/api/v1/schedules/read');
  return (body['calendar'] as { readAt: string }).readAt;
};

test('a worker warns of shifts and reads calendars again by itself, also while Temporal is away', async () => {
  await leaveUncovered();
  await leaveUnread();
  const before = await readAt();
  const worker = startWorker();
  try {
    await until('the warning', () => hook.received.length > 0, 60_000);
    expect(hook.received[0]?.body).toContain('Cem');
    await until('the calendar to be read', async () => (await readAt()) !== before, 60_000);
  } finally {
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
  }
}, 180_000);
