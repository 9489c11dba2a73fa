import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyInput } from '../../domain/policy.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

/** The shortest that there is: 40 s after a ping the next one is missing. */
const rhythm = { every: '30s', grace: '10s' };

interface Heartbeat {
  readonly id: string;
  readonly status: string;
  readonly pings: number;
  readonly dueAt: string;
  readonly downSince: string;
  readonly incident: string | null;
  readonly pingUrl: string;
}

let pages: Receiver;
let operators: Receiver;
let outside: Receiver;
let installation: Installation;

beforeAll(async () => {
  pages = await startReceiver();
  operators = await startReceiver();
  outside = await startReceiver();
  const policy: PolicyInput = {
    ...testPolicy,
    people: { ...testPolicy.people, ann: { name: 'Ann', webhook: pages.url } },
  };
  installation = await startInstallation(policy, {
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
    PROVISOR_WATCH_WEBHOOK: operators.url,
    PROVISOR_WATCH_HEARTBEAT_URL: outside.url,
  });
}, 120_000);
afterAll(async () => {
  await installation.stop();
  for (const receiver of [pages, operators, outside]) await receiver.close();
}, 60_000);

async function make(name: string): Promise<Heartbeat> {
  const body = { name, service: 'shop', impact: 1, urgency: 1, ...rhythm };
  const answer = await installation.call<Heartbeat>('POST', '/api/v1/heartbeats', body);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}
const show = async ({ id }: Heartbeat): Promise<Heartbeat> =>
  (await installation.call<Heartbeat>('GET', `/api/v1/heartbeats/${id}`)).body;
const told = (): string[] =>
  operators.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);

/** Its timers and pages are due and nobody does them; `kill -9` ends it from there. */
const stopWorker = (): void => {
  process.kill(installation.pid('worker') ?? 0, 'SIGSTOP');
};

test('while the worker is away longer than the interval pings count, what is missing is told when it is back, and the operators hear of it meanwhile', async () => {
  const pinged = await make('Pinged');
  const silent = await make('Silent');
  await until('a word to the monitor outside', () => outside.received.length > 0, 90_000);
  stopWorker();
  await installation.call('POST', '/api/v1/incidents', { title: 'x', impact: 1, urgency: 1 });
  const beats = outside.received.length;
  for (let ping = 0; ping < 5; ping++) {
    expect((await fetch(pinged.pingUrl)).status).toBe(200);
    await sleep(10_000);
  }
  await until('the alarm', () => told().includes('provisor.watch.alarm.v1'), 60_000);
  expect((await fetch(`${installation.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${installation.url}/readyz?exclude=wakes,pages`)).status).toBe(200);
  expect(outside.received.length).toBe(beats);
  expect((await fetch(pinged.pingUrl)).status).toBe(200);
  expect((await show(silent)).incident).toBeNull();

  await installation.kill('worker');
  const down = await until(
    'the incident of the silent one',
    async () => {
      const heartbeat = await show(silent);
      return heartbeat.incident === null ? undefined : heartbeat;
    },
    60_000,
  );
  // As if the worker had not been away: late in the telling, not in what is told.
  expect(down).toMatchObject({ status: 'missing', downSince: silent.dueAt });
  await until(
    'its page',
    () => pages.received.some(({ body }) => body.includes(`"${down.incident ?? ''}"`)),
    60_000,
  );
  expect(await show(pinged)).toMatchObject({ status: 'ok', pings: 6, incident: null });

  await fetch(silent.pingUrl);
  const path = `/api/v1/incidents/${down.incident ?? ''}`;
  const { body } = await installation.call<{ state: string }>('GET', path);
  expect(body.state).toBe('resolved');
  await until('the all-clear', () => told().includes('provisor.watch.allClear.v1'), 120_000);
  expect(told()).toEqual(['provisor.watch.alarm.v1', 'provisor.watch.allClear.v1']);
  await until('the monitor outside', () => outside.received.length > beats, 90_000);
}, 400_000);
