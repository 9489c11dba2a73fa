import { readEvents } from '../../db/events.ts';
import { DeliveryError } from '../../channels/channel.ts';
import { person } from '../../domain/simulation.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { HOUR, MINUTE, toIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { releaseHeld } from '../../records/holds.ts';
import { usePolicy } from '../helpers/database.ts';
import { fastForward } from '../helpers/fastForward.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

const ann = person('ann', 'resolver');
const bob = person('bob', 'resolver');
const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };

let refused: (channel: string) => DeliveryError | undefined = () => undefined;
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({
    onSend(_message, channel) {
      const error = refused(channel);
      if (error !== undefined) throw error;
    },
  });
});
afterAll(() => system.stop());
beforeEach(async () => {
  refused = () => undefined;
  await system.database.pool.query(
    'truncate schedules, contact_methods, contact_codes, notification_rules, maintenance_windows cascade',
  );
});

type Steps = PolicyInput['escalations'][string];

async function escalateBy(escalation: Partial<Steps>, others: object = {}): Promise<void> {
  await usePolicy(system.database.pool, (policy) => ({
    ...policy,
    escalations: {
      standard: {
        priorities: [1, 2],
        steps: [{ to: [{ team: 'operations' }], wait: '10m' }],
        ...escalation,
      },
    },
    ...others,
  }));
}

async function openIncident(input: object = p1): Promise<string> {
  const { engine } = system;
  const request = { actor: ann, now: Date.now() };
  const result = await open(engine, processOf(engine, 'incident'), input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

async function give(
  number: string,
  command: string,
  input: object = {},
  actor = ann,
): Promise<void> {
  const result = await commit(system.engine, number, command, input, { actor, now: Date.now() });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

async function eventsOf(number: string, type: string) {
  return (await readEvents(system.database.pool, number)).filter((event) => event.type === type);
}

/** The pages of a record: whom, and by which channel. */
function pagesOf(number: string): string[] {
  return system.sent
    .filter(({ event }) => event.subject === number && event.type === 'provisor.incident.paged.v1')
    .map(({ person: { name }, channel }) => `${name} by ${channel}`);
}

/** A schedule that has one person on call, always. */
async function onCall(id: string, who: string): Promise<void> {
  const definition = {
    name: id,
    timeZone: 'Europe/Berlin',
    layers: [
      {
        name: 'primary',
        rotation: { kind: 'daily', handOver: '08:00' },
        start: '2026-01-01',
        people: [who],
      },
    ],
  };
  await system.database.pool.query(
    `insert into schedules (id, version, definition, updated_at, updated_by) values ($1, 3, $2, now(), 'lea')`,
    [id, JSON.stringify(definition)],
  );
}

async function method(id: string, who: string, kind: string): Promise<void> {
  await system.database.pool.query(
    `insert into contact_methods (id, person, kind, address, label, created_at, created_by, verified_at)
     values ($1, $2, $3, 'somewhere', 'mine', now(), $2, now())`,
    [id, who, kind],
  );
}

async function rules(who: string, given: object): Promise<void> {
  await system.database.pool.query(
    `insert into notification_rules (person, version, rules, updated_at, updated_by) values ($1, 1, $2, now(), $1)`,
    [who, JSON.stringify(given)],
  );
}

test('a step that means a schedule pages who is on call as it fires, and the event says by which version and layer', async () => {
  await onCall('shop', 'bob');
  await escalateBy({
    steps: [{ to: [{ schedule: 'shop' }], wait: '10m' }],
    catchAll: { to: [{ person: 'ann' }] },
  });
  const number = await openIncident();
  await until('the page', () => pagesOf(number).length === 1);
  expect(pagesOf(number)).toEqual(['Bob by email']);
  const [paged] = await eventsOf(number, 'paged');
  expect(paged?.data['because']).toMatchObject({
    bob: { kind: 'schedule', schedule: 'shop', version: 3, source: { name: 'primary' } },
  });
  await give(number, 'acknowledge', {}, bob);
});

test('a schedule that nobody is on call in does not wait: the catch-all is paged at once', async () => {
  await escalateBy({
    steps: [{ to: [{ schedule: 'nobody' }], wait: '2h' }],
    catchAll: { to: [{ person: 'ann' }] },
  });
  const number = await openIncident();
  await until('the page', () => pagesOf(number).length === 1);
  expect(pagesOf(number)).toEqual(['Ann by email']);
  const [paged] = await eventsOf(number, 'paged');
  expect(paged?.data['skipped']).toMatchObject([{ rule: 'steps.0', why: 'nobody' }]);
  await give(number, 'acknowledge');
});

test('a person is paged by the methods of their rules, each at its time, until somebody answers', async () => {
  await method('phone', 'ann', 'sms');
  await method('call', 'ann', 'voice');
  await rules('ann', {
    interrupting: [
      { method: 'policy-email' },
      { method: 'phone', after: '5m' },
      { method: 'call', after: '20m' },
    ],
  });
  await escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '3h' }] });
  const number = await openIncident();
  await until('the first method', () => pagesOf(number).length === 1);
  await fastForward(system.client, number, 6 * MINUTE);
  await until('the second method', () => pagesOf(number).length === 2);
  expect(pagesOf(number)).toEqual(['Ann by email', 'Ann by sms']);
  await give(number, 'acknowledge');
  await until('the call to be called off', async () => {
    const { rows } = await system.database.pool.query<{ state: string }>(
      `select state from effects where number = $1 and payload ->> 'channel' = 'voice'`,
      [number],
    );
    return rows[0]?.state === 'cancelled';
  });
  await fastForward(system.client, number, HOUR);
  expect(pagesOf(number)).toHaveLength(2);
});

test('a method that is certain to reach nobody falls back to the next one at once', async () => {
  await method('phone', 'ann', 'sms');
  await rules('ann', {
    interrupting: [{ method: 'policy-email' }, { method: 'phone', after: '20m' }],
  });
  refused = (channel) =>
    channel === 'email' ? new DeliveryError('no such mailbox', { retryable: false }) : undefined;
  await escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '3h' }] });
  const number = await openIncident();
  await until('the fall-back', () => pagesOf(number).length === 1);
  expect(pagesOf(number)).toEqual(['Ann by sms']);
  expect(await eventsOf(number, 'pageFailed')).toEqual([]);
  await give(number, 'acknowledge');
});

test('a step that two must acknowledge goes on until the second one has', async () => {
  await escalateBy({
    steps: [{ to: [{ team: 'operations' }], wait: '2h', acknowledgedBy: 2 }],
  });
  const number = await openIncident();
  await until('the pages', () => pagesOf(number).length === 2);
  await give(number, 'acknowledge', {}, ann);
  const again = await commit(
    system.engine,
    number,
    'acknowledge',
    {},
    {
      actor: ann,
      now: Date.now(),
    },
  );
  expect(again).toMatchObject({ ok: false });
  const status = async () =>
    (await system.client.workflow.getHandle(`${number}/1/0`).describe()).status.name;
  expect(await status()).toBe('RUNNING');
  await give(number, 'acknowledge', {}, bob);
  await until('the end of the escalation', async () => (await status()) === 'COMPLETED');
});

test('nobody answers: whom the policy names is told, and it all begins anew', async () => {
  await escalateBy({
    steps: [{ to: [{ person: 'ann' }], wait: '10m' }],
    whenExhausted: { tell: [{ person: 'bob' }], every: '15m' },
  });
  const number = await openIncident();
  await until('the page', () => pagesOf(number).length === 1);
  await fastForward(system.client, `${number}/1/0`, 11 * MINUTE);
  await until('the word to Bob', () =>
    system.sent.some(
      ({ event, person: { name } }) =>
        event.subject === number && event.type.endsWith('.exhausted.v1') && name === 'Bob',
    ),
  );
  await fastForward(system.client, `${number}/1/0`, 16 * MINUTE);
  await until('the second pass', () => pagesOf(number).length === 2);
  await give(number, 'acknowledge');
});

test('an acknowledgement that no work follows pages again', async () => {
  await escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '2h' }], rePageAfter: '30m' });
  const number = await openIncident();
  await until('the page', () => pagesOf(number).length === 1);
  await give(number, 'acknowledge');
  await until(
    'the record to wait',
    async () => (await eventsOf(number, 'acknowledged')).length === 1,
  );
  await fastForward(system.client, number, 31 * MINUTE);
  await until('the second page', () => pagesOf(number).length === 2);
  await give(number, 'start');
});

test('a maintenance window holds pages back, says so, and what is still wanted is paged when it ends early', async () => {
  const now = Date.now();
  const definition = {
    reason: 'New switch',
    covers: { services: ['shop'] },
    when: { kind: 'once', from: toIso(now - MINUTE), to: toIso(now + 3 * HOUR) },
  };
  const { pool } = system.database;
  await pool.query(
    `insert into maintenance_windows (id, version, definition, over_at, created_at, created_by, updated_at, updated_by) values ('w1', 1, $1, $2, now(), 'lea', now(), 'lea')`,
    [JSON.stringify(definition), toIso(now + 3 * HOUR)],
  );
  await escalateBy({});
  const number = await openIncident();
  await until('the hold', async () => (await eventsOf(number, 'pagesHeld')).length === 1);
  expect((await eventsOf(number, 'pagesHeld'))[0]?.data).toMatchObject({ by: 'window', id: 'w1' });
  expect(pagesOf(number)).toEqual([]);
  await pool.query("update maintenance_windows set removed_at = now() where id = 'w1'");
  await releaseHeld(system.engine, ['w1'], Date.now());
  await until('the pages', () => pagesOf(number).length === 2);
  await give(number, 'acknowledge');
});

test('pages for what depends on a service that is down wait until its incident ends', async () => {
  await escalateBy(
    {},
    {
      services: {
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
      },
    },
  );
  const cause = await openIncident({ ...p1, service: 'network' });
  await until('the pages of the cause', () => pagesOf(cause).length === 2);
  const effect = await openIncident({ ...p1, service: 'shop' });
  await until('the hold', async () => (await eventsOf(effect, 'pagesHeld')).length === 1);
  expect((await eventsOf(effect, 'pagesHeld'))[0]?.data).toMatchObject({
    by: 'incident',
    id: cause,
  });
  expect(pagesOf(effect)).toEqual([]);
  await give(cause, 'resolve', { code: 'fixed', notes: 'Cable' });
  await until('the pages that waited', () => pagesOf(effect).length === 2);
  await give(effect, 'acknowledge');
});
