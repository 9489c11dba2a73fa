import { effectsOf } from '../../db/effects.ts';
import { readEvents } from '../../db/events.ts';
import { keepInbound } from '../../db/inbound.ts';
import type { Pool } from '../../db/pool.ts';
import { createPool } from '../../db/pool.ts';
import { lockRecord } from '../../db/records.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { HOUR, SECOND, toIso } from '../../domain/time.ts';
import { embeddedDatabaseUrl } from '../../runtime/embedded.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

const WINDOWS = '/api/v1/maintenance-windows';

interface Window {
  readonly id: string;
  readonly state: string;
}

let pages: Receiver;
let installation: Installation;
let pool: Pool;

beforeAll(async () => {
  pages = await startReceiver();
  const { shop } = testPolicy.services;
  const policy: PolicyInput = {
    ...testPolicy,
    people: { ...testPolicy.people, ann: { name: 'Ann', webhook: pages.url } },
    services: {
      ...testPolicy.services,
      shop: { ...shop, dependsOn: ['network'] },
      network: { ...shop, name: 'Network' },
    },
  };
  installation = await startInstallation(policy, { PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  pool = createPool(embeddedDatabaseUrl(installation.home) ?? '', 4);
}, 120_000);
afterAll(async () => {
  await pool.end();
  await installation.stop();
  await pages.close();
}, 60_000);

async function post<T>(path: string, body: object): Promise<T> {
  const answer = await installation.call<T>('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const open = async (service: string): Promise<string> => {
  const incident = { title: `${service} is down`, service, impact: 1, urgency: 1 };
  return (await post<{ number: string }>('/api/v1/incidents', incident)).number;
};
const makeWindow = async (service: string, ms: number): Promise<string> => {
  const now = Date.now();
  const when = { kind: 'once', from: toIso(now), to: toIso(now + ms) };
  const body = { reason: 'New switch', covers: { services: [service] }, when };
  return (await post<Window>(WINDOWS, body)).id;
};
const stateOf = async (window: string): Promise<string> =>
  (await installation.call<Window>('GET', `${WINDOWS}/${window}`)).body.state;

/** What is open could hold back the pages of the next test. */
const resolve = (number: string) =>
  post(`/api/v1/incidents/${number}/resolve`, { code: 'fixed', notes: 'Cable' });
const killApi = async (): Promise<void> => {
  await installation.kill('api');
  const alive = () =>
    fetch(`${installation.url}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('an API that answers', alive, 30_000);
};

const isPaged = (number: string): boolean =>
  pages.received.some(({ body }) => body.includes(`"${number}"`));
const untilPaged = (number: string): Promise<boolean> =>
  until(`the page of ${number}`, () => isPaged(number), 60_000);
const untilHeld = (number: string, by: string): Promise<boolean> =>
  until(`the hold of ${number}`, async () => {
    const path = `/api/v1/incidents/${number}`;
    const { body } = await installation.call<{ heldBy: { id: string } | null }>('GET', path);
    return body.heldBy?.id === by;
  });

/** Nothing of what is due is done; `kill -9` ends it from there. */
const stopWorker = (): void => {
  process.kill(installation.pid('worker') ?? 0, 'SIGSTOP');
};

test('an API that is killed between the end of a window and the release of what it held loses no page', async () => {
  const window = await makeWindow('shop', 3 * HOUR);
  const number = await open('shop');
  await untilHeld(number, window);
  const locking = await pool.connect();
  await locking.query('begin');
  await lockRecord(locking, number);
  const ending = installation.call('POST', `${WINDOWS}/${window}/end`, {}).catch(() => 'cut off');
  await until('the end of the window', async () => (await stateOf(window)) === 'past');
  await killApi();
  expect(await ending).toBe('cut off');
  expect(isPaged(number)).toBe(false);
  await locking.query('rollback');
  locking.release();
  await untilPaged(number);
  await resolve(number);
}, 120_000);

test('an answer that was kept, and had no effect yet when its API was killed, has it once there is one again', async () => {
  const number = await open('shop');
  await untilPaged(number);
  const page = (await effectsOf(pool, number)).find(({ channel }) => channel === 'webhook');
  const answer = { person: 'ann', answer: 'acknowledge', effectKey: page?.key ?? '' };
  const nothing = { methods: [], delivered: null, detail: null };
  const of = { provider: 'slack', providerId: number, kind: 'answer' } as const;
  await keepInbound(pool, { ...of, ...answer, ...nothing }, Date.now(), null);
  await killApi();
  await until('the acknowledgement', async () => {
    const events = await readEvents(pool, number);
    return events.some(({ type, actor }) => type === 'acknowledged' && actor.id === 'ann');
  });
  await resolve(number);
}, 120_000);

test('a window that ends while API and worker are away holds nothing once they are back', async () => {
  const window = await makeWindow('network', 8 * SECOND);
  const number = await open('network');
  await untilHeld(number, window);
  stopWorker();
  await killApi();
  await until('the end of the window', async () => (await stateOf(window)) === 'past', 30_000);
  expect(isPaged(number)).toBe(false);
  await installation.kill('worker');
  await untilPaged(number);
  await resolve(number);
}, 120_000);

test('a window that is extended while the worker is away holds on when it is back', async () => {
  const window = await makeWindow('network', 8 * SECOND);
  const number = await open('network');
  await untilHeld(number, window);
  stopWorker();
  const planned = Date.now() + 8 * SECOND;
  await post(`${WINDOWS}/${window}/end`, { at: toIso(planned + HOUR) });
  await until('the end that was planned', () => Date.now() > planned, 30_000);
  await installation.kill('worker');
  await until(
    'the new end to be noted',
    async () => {
      const path = `/api/v1/incidents/${number}/timeline?limit=200`;
      const { body } = await installation.call<{ items: { type: string }[] }>('GET', path);
      return body.items.filter(({ type }) => type === 'pagesHeld').length === 2;
    },
    60_000,
  );
  expect(isPaged(number)).toBe(false);
  await post(`${WINDOWS}/${window}/end`, {});
  await untilPaged(number);
  await resolve(number);
}, 120_000);

test('an incident that held back pages of what depends on it, and ends while the worker is away, holds nothing once it is back', async () => {
  const cause = await open('network');
  await untilPaged(cause);
  const number = await open('shop');
  await untilHeld(number, cause);
  stopWorker();
  await resolve(cause);
  await installation.kill('worker');
  await untilPaged(number);
  await resolve(number);
}, 120_000);
