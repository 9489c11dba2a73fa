import { join } from 'node:path';
import type { PolicyInput } from '../../domain/policy.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { runOffline } from '../helpers/postgres.ts';
import { until } from '../helpers/system.ts';

interface Incident {
  readonly number: string;
  readonly state: string;
}
interface Entry {
  readonly kind: string;
  readonly type: string;
  readonly at: string;
  readonly data: Record<string, unknown>;
}

/** Longer than it takes to stop: what waits is still ahead then. */
const STEP_SECONDS = 20;
const CLOSE_SECONDS = 25;

const { standard } = testPolicy.serviceLevels;
const opening = { paging: 1, underWay: 1, resolved: 3 };
type Name = keyof typeof opening;

let hook: Receiver;
let installation: Installation;
/** While true, the page of `underWay` is neither taken nor refused. */
let hangs = true;
let output = '';
const numbers = {} as Record<Name, string>;

const hooksOf = (name: Name) =>
  hook.received
    .map(({ headers, body }) => ({
      key: String(headers['webhook-id']),
      event: JSON.parse(body) as { subject: string; type: string },
    }))
    .filter(({ event }) => event.subject === numbers[name]);
const pagesOf = (name: Name): string[] =>
  hooksOf(name)
    .filter(({ event }) => event.type === 'provisor.incident.paged.v1')
    .map(({ key }) => key);

async function eventsOf(name: Name): Promise<Entry[]> {
  const path = `/api/v1/incidents/${numbers[name]}/timeline?limit=200`;
  const { body } = await installation.call<{ items: Entry[] }>('GET', path);
  return body.items.filter(({ kind }) => kind === 'event');
}
const typesOf = async (name: Name): Promise<string[]> =>
  (await eventsOf(name)).map(({ type }) => type);

async function post(path: string, body: object): Promise<Incident> {
  const answer = await installation.call<Incident>('POST', `/api/v1/incidents${path}`, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** What is waited for after a start may have waited for the start. */
const eventually = <T>(what: string, check: () => Promise<T | false> | T | false) =>
  until(what, check, 60_000);

beforeAll(async () => {
  hook = await startReceiver((response, count) => {
    const about = hook.received[count - 1]?.body ?? '';
    if (hangs && about.includes(`"${numbers.underWay}"`)) return;
    response.end();
  });
  const policy: PolicyInput = {
    ...testPolicy,
    people: {
      ...testPolicy.people,
      ann: { name: 'Ann', webhook: hook.url },
      bob: { name: 'Bob', webhook: `${hook.url}bob` },
      lea: { name: 'Lea', webhook: `${hook.url}lea` },
    },
    serviceLevels: {
      standard: {
        ...standard,
        autoClose: { within: `${CLOSE_SECONDS}s`, calendar: 'always' },
      },
    },
    escalations: {
      standard: {
        priorities: [1],
        steps: [
          { to: [{ person: 'ann' }], wait: `${STEP_SECONDS}s` },
          { to: [{ person: 'bob' }], wait: '1s' },
        ],
        repeat: 0,
      },
    },
  };
  installation = await startInstallation(policy, { PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  for (const [name, urgency] of Object.entries(opening)) {
    const body = { title: name, impact: urgency, urgency };
    // Known before its page is sent: numbers are given in order.
    numbers[name as Name] = `INC-${Object.keys(numbers).length + 1}`;
    expect((await post('', body)).number).toBe(numbers[name as Name]);
  }
  await post(`/${numbers.resolved}/resolve`, { code: 'fixed', notes: 'Done' });
  await eventually('the first page', () => pagesOf('paging').length === 1);
  await eventually('a page that is on its way', () => pagesOf('underWay').length === 1);

  const before = installation.output().length;
  await installation.restart((home) =>
    runOffline(join(home, 'postgresql'), [
      'drop database temporal',
      'drop database temporal_visibility',
    ]),
  );
  output = installation.output().slice(before);
  hangs = false;
}, 240_000);

afterAll(async () => {
  await installation.stop();
  await hook.close();
}, 60_000);

test('a start on a Temporal that lost everything says why it recovers, and what', () => {
  expect(output).toMatch(
    /Temporal is not the one that drove the records: 3 open records are taken up again from PostgreSQL/,
  );
});

test('an escalation that ran goes on after its last step: nobody is paged again, the next one is, then the lead is told', async () => {
  await eventually('its end', async () =>
    (await typesOf('paging')).includes('escalationExhausted'),
  );
  const steps = (await eventsOf('paging')).filter(({ type }) => type === 'paged');
  expect(steps.map(({ data }) => [data['step'], data['people']])).toEqual([
    [0, ['ann']],
    [1, ['bob']],
  ]);
  await eventually('the word to the lead', () =>
    hooksOf('paging').some(({ event }) => event.type === 'provisor.incident.exhausted.v1'),
  );
  expect(new Set(pagesOf('paging')).size).toBe(2);
});

test('a page that was on its way is sent again under the same key', async () => {
  await eventually('another attempt', () => pagesOf('underWay').length > 1);
  const [first] = pagesOf('underWay');
  const steps = (await eventsOf('underWay')).filter(({ type }) => type === 'paged');
  const ofFirstStep = pagesOf('underWay').filter((key) => key.startsWith(first ?? '?'));
  expect(ofFirstStep.length).toBeGreaterThan(1);
  // Each step is one message to one person: no other key.
  expect(new Set(pagesOf('underWay')).size).toBeLessThanOrEqual(steps.length);
});

test('what is due later happens, effective at its time', async () => {
  await eventually('the closing', async () => (await typesOf('resolved')).includes('closed'));
  const events = await eventsOf('resolved');
  const at = (type: string) => Date.parse(events.find((event) => event.type === type)?.at ?? '');
  expect(at('closed') - at('resolved')).toBe(CLOSE_SECONDS * 1_000);
});

test('no record is left behind, and nothing was done twice', async () => {
  await eventually('an empty backlog', async () => {
    const metrics = await (await fetch(`${installation.url}/metrics`)).text();
    return /^provisor_wakes_waiting(\{\})? 0$/m.test(metrics);
  });
  for (const name of Object.keys(opening) as Name[]) {
    const types = await typesOf(name);
    for (const once of [
      'opened',
      'resolved',
      'closed',
      'escalationExhausted',
      'respond.breached',
    ]) {
      expect(types.filter((type) => type === once).length).toBeLessThanOrEqual(1);
    }
  }
});

test('the next start recovers nothing: its Temporal is the one that drives the records', async () => {
  const before = installation.output().length;
  await installation.restart();
  expect(installation.output().slice(before)).not.toContain('taken up again');
}, 120_000);
