import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyInput } from '../../domain/policy.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation, PartName } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

/** How long after the opening the resolve clock breaches. */
const BREACH_AFTER_MS = 5_000;
/** How long before that moment a process is killed, so that it is away when the moment comes. */
const BEFORE_BREACH_MS = 300;
/** A request is under way so long before a process is killed. */
const UNDER_WAY_MS = 5;

const parts = ['worker', 'api', 'temporal', 'postgresql'] satisfies PartName[];
const steps = ['open', 'page', 'acknowledge', 'breach', 'resolve'] as const;
type Step = (typeof steps)[number];

interface Incident {
  number: string;
  state: string;
  clocks: { resolve: { dueAt: string } };
}
interface Entry {
  kind: string;
  type: string;
  seq?: number;
}

let hook: Receiver;
let installation: Installation;
const numbers: string[] = [];

beforeAll(async () => {
  // Slow enough that a page is often on its way when something is killed.
  hook = await startReceiver((response) => setTimeout(() => response.end(), 150));
  const { standard } = testPolicy.serviceLevels;
  const policy: PolicyInput = {
    ...testPolicy,
    people: {
      ...testPolicy.people,
      ann: { name: 'Ann', webhook: hook.url },
      lea: { name: 'Lea', webhook: hook.url },
    },
    serviceLevels: {
      standard: {
        ...standard,
        resolve: {
          ...standard.resolve,
          1: { within: `${BREACH_AFTER_MS / 1_000}s`, calendar: 'always' },
        },
      },
    },
  };
  installation = await startInstallation(policy, { PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
}, 120_000);

afterAll(async () => {
  await installation.stop();
  await hook.close();
}, 60_000);

/** As a good client does: the same request under the same key until there is an answer; a refusal is one. */
async function post(path: string, body: object, key: string): Promise<Incident> {
  return until(
    `an answer to ${path}`,
    async () => {
      const answer = await installation
        .call<Incident>('POST', path, body, { 'idempotency-key': key })
        .catch(() => undefined);
      if (answer === undefined || answer.status >= 500) return undefined;
      if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    60_000,
  );
}

const open = (name: string) =>
  post('/api/v1/incidents', { title: name, impact: 1, urgency: 1 }, name);
const acknowledge = (number: string) =>
  post(`/api/v1/incidents/${number}/acknowledge`, {}, `${number}-acknowledge`);
const resolve = (number: string) =>
  post(
    `/api/v1/incidents/${number}/resolve`,
    { code: 'fixed', notes: 'Restarted' },
    `${number}-resolve`,
  );

async function timeline(number: string): Promise<Entry[]> {
  const answer = await installation.call<{ items: Entry[] }>(
    'GET',
    `/api/v1/incidents/${number}/timeline?limit=200`,
  );
  return answer.body.items;
}

const eventsOf = async (number: string): Promise<Entry[]> =>
  (await timeline(number)).filter(({ kind }) => kind === 'event');

const hooksOf = (number: string) =>
  hook.received
    .map(({ headers, body }) => ({
      key: String(headers['webhook-id']),
      event: JSON.parse(body) as { subject: string; type: string },
    }))
    .filter(({ event }) => event.subject === number);

async function happened(number: string, type: string): Promise<void> {
  await until(
    `${type} of ${number}`,
    async () => (await eventsOf(number).catch(() => [])).some((entry) => entry.type === type),
    60_000,
  );
}

/** The keys under which a record's messages of a type arrived, repeats and all. */
const keysOf = (number: string, type: string): string[] =>
  hooksOf(number)
    .filter(({ event }) => event.type === `provisor.incident.${type}.v1`)
    .map(({ key }) => key);

/** One record from its opening to its end. @param strike called in the middle of each step */
async function live(name: string, strike: (during: Step) => Promise<void>): Promise<string> {
  const under = async <T>(step: Step, request: Promise<T>): Promise<T> => {
    await Promise.all([request, sleep(UNDER_WAY_MS).then(() => strike(step))]);
    return request;
  };
  const { number, clocks } = await under('open', open(name));
  numbers.push(number);
  await until(`the page of ${number}`, () => keysOf(number, 'paged').length > 0, 60_000);
  // The receiver has not answered it yet.
  await strike('page');
  await under('acknowledge', acknowledge(number));
  await sleep(Math.max(0, Date.parse(clocks.resolve.dueAt) - BEFORE_BREACH_MS - Date.now()));
  await strike('breach');
  await happened(number, 'resolve.breached');
  await under('resolve', resolve(number));
  return number;
}

test.each(parts.flatMap((part) => steps.map((step) => ({ part, step }))))(
  'kill -9 of $part at $step: the record converges, no event or message is lost, repeats carry the same key',
  async ({ part, step }) => {
    const number = await live(`${part}-${step}`, async (during) => {
      if (during === step) await installation.kill(part);
    });
    for (const type of ['paged', 'breached']) {
      await until(`${type} of ${number}`, () => keysOf(number, type).length > 0, 60_000);
    }
    const events = await until('its timeline', () => eventsOf(number).catch(() => undefined));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const types = events.map(({ type }) => type).filter((type) => !type.endsWith('.warned'));
    expect(types.sort()).toEqual([
      'acknowledged',
      'opened',
      'paged',
      'resolve.breached',
      'resolved',
    ]);
  },
  120_000,
);

test('afterwards nothing is left to do, and whoever was told twice was told under one key', async () => {
  await until(
    'an empty backlog',
    async () => {
      const metrics = await (await fetch(`${installation.url}/metrics`)).text();
      return (
        /^provisor_wakes_waiting(\{\})? 0$/m.test(metrics) &&
        /^provisor_effects_dead(\{.*\})? 0$/m.test(metrics) &&
        /^provisor_records_stalled(\{.*\})? 0$/m.test(metrics)
      );
    },
    60_000,
  );
  expect(numbers).toHaveLength(parts.length * steps.length);
  for (const number of numbers) {
    for (const type of ['paged', 'breached']) {
      expect([number, type, new Set(keysOf(number, type)).size]).toEqual([number, type, 1]);
    }
  }
}, 90_000);

test('no incident was opened twice for one request', async () => {
  const { items } = (
    await installation.call<{ items: { title: string }[] }>('GET', '/api/v1/incidents?limit=200')
  ).body;
  const titles = items.map(({ title }) => title);
  expect(titles).toHaveLength(numbers.length);
  expect(new Set(titles).size).toBe(titles.length);
});

test('the audit of what was killed so often is valid', async () => {
  expect(await installation.verifyAudit()).toMatchObject({
    code: 0,
    said: expect.stringContaining('Valid') as string,
  });
});
