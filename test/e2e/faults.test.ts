import type { PolicyInput } from '../../domain/policy.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation, PartName } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

/** How long after the opening the resolve clock breaches. */
const BREACH_AFTER_MS = 6_000;
const ROUNDS = 2;

interface Incident {
  number: string;
  state: string;
  answeredAt: string | null;
}
interface Entry {
  kind: string;
  type: string;
  seq?: number;
  data: Record<string, unknown>;
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

async function openIncident(key: string): Promise<string> {
  const { number } = await post('/api/v1/incidents', { title: key, impact: 1, urgency: 1 }, key);
  numbers.push(number);
  return number;
}

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

const kills = (['worker', 'api', 'temporal', 'postgresql'] satisfies PartName[]).flatMap((part) =>
  Array.from({ length: ROUNDS }, (_, round) => ({ part, round })),
);

test.each(kills)(
  'kill -9 of $part while one record opens, one is paged, one is acknowledged, one breaches and one is resolved (round $round)',
  async ({ part, round }) => {
    const name = (step: string): string => `${part}-${round}-${step}`;
    const breaching = await openIncident(name('breach'));
    await acknowledge(breaching);
    const acknowledging = await openIncident(name('acknowledge'));
    const resolving = await openIncident(name('resolve'));
    await until(
      'their pages',
      () => [acknowledging, resolving].every((number) => hooksOf(number).length > 0),
      60_000,
    );
    // The moment of the kill moves through the steps from round to round, and lies at the breach in the last.
    if (round === ROUNDS - 1) {
      await new Promise((done) => setTimeout(done, Math.max(0, BREACH_AFTER_MS - 1_500)));
    }
    const paging = openIncident(name('page'));
    if (round > 0) await paging;
    const under = [
      openIncident(name('open')),
      paging,
      acknowledge(acknowledging),
      resolve(resolving),
    ];
    await installation.kill(part);
    await Promise.all(under);
    await happened(breaching, 'resolve.breached');
  },
  120_000,
);

test('afterwards every record converges: each has its page, its breach or its end, once, and nothing is left to do', async () => {
  for (const number of numbers) {
    await until(`the page of ${number}`, () => hooksOf(number).length > 0, 60_000);
    const { state } = (await installation.call<Incident>('GET', `/api/v1/incidents/${number}`))
      .body;
    if (state !== 'resolved') await happened(number, 'resolve.breached');
    const events = await eventsOf(number);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    for (const once of ['opened', 'acknowledged', 'resolved', 'resolve.breached']) {
      expect(events.filter(({ type }) => type === once).length).toBeLessThanOrEqual(1);
    }
    const steps = events
      .filter(({ type }) => type === 'paged')
      .map(({ data }) => `${String(data['round'])}.${String(data['step'])}`);
    expect(steps).toEqual([...new Set(steps)]);
    // Whoever was told twice was told under one key, and can drop the repeat.
    const told = hooksOf(number).map(({ key, event }) => `${event.type} ${key}`);
    for (const type of ['paged', 'breached']) {
      const keys = new Set(told.filter((line) => line.includes(type)));
      expect(keys.size).toBeLessThanOrEqual(type === 'paged' ? steps.length * 2 : 1);
    }
  }
  await until(
    'an empty backlog',
    async () => {
      const metrics = await (await fetch(`${installation.url}/metrics`)).text();
      return (
        /^provisor_wakes_waiting(\{\})? 0$/m.test(metrics) &&
        /^provisor_effects_dead(\{.*\})? 0$/m.test(metrics)
      );
    },
    60_000,
  );
}, 180_000);

test('no incident was opened twice for one request', async () => {
  const { items } = (
    await installation.call<{ items: { title: string }[] }>('GET', '/api/v1/incidents?limit=200')
  ).body;
  const titles = items.map(({ title }) => title);
  expect(titles).toHaveLength(numbers.length);
  expect(new Set(titles).size).toBe(titles.length);
});
