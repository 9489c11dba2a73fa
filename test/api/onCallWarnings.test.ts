import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve as resolvePath } from 'node:path';
import { pino } from 'pino';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { addMethod } from '../../db/contactMethods.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { fromIso, HOUR, MINUTE } from '../../domain/time.ts';
import { warnOfCoverageGaps } from '../../workers/onCallWarnings.ts';
import type { OnCallWarningOptions } from '../../workers/onCallWarnings.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { usePolicy } from '../helpers/database.ts';
import { until } from '../helpers/system.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

/** A Monday. Cem's shift, whom no page reaches, begins on Tuesday at 12:00. */
const begins = fromIso('2026-11-24T12:00:00Z');

let now = begins;
let status = 204;
/** Whether the receiver answers what it gets. */
let answers = true;
let api: TestApi;
let hook: Receiver;
let worker: OnCallWarningOptions;
beforeAll(async () => {
  hook = await startReceiver((response) => {
    if (answers) response.writeHead(status).end();
  });
  api = await startApi(() => now);
  const config = readConfig({ PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  worker = {
    engine: api.engine,
    log: pino({ level: 'silent' }),
    channels: createChannels(config, SECRET),
    publicUrl: 'https://desk.example.org',
  };
});
afterAll(async () => {
  await Promise.all([api.stop(), hook.close()]);
});

type Escalation = PolicyInput['escalations'][string];

/** Lea leads the team whose service is escalated by the schedule `desk`. */
function policyWith(escalation: Partial<Escalation> = {}, change: Partial<PolicyInput> = {}) {
  return usePolicy(api.pool, (policy) => ({
    ...policy,
    people: {
      ann: { name: 'Ann', webhook: `${hook.url}/ann` },
      bob: { name: 'Bob', webhook: `${hook.url}/bob` },
      cem: { name: 'Cem' },
      lea: { name: 'Lea', webhook: `${hook.url}/lea` },
      gone: { name: 'Gone', active: false },
    },
    escalations: {
      standard: {
        priorities: [1],
        steps: [{ to: [{ schedule: 'desk' }], wait: '5m' }],
        catchAll: { to: [{ team: 'operations' }] },
        ...escalation,
      },
    },
    ...change,
  }));
}

const always = {
  name: 'always',
  rotation: { kind: 'daily', handOver: '12:00' },
  start: '2026-11-01',
  people: ['ann'],
};
/** Ann, but for one day from Tuesday at 12:00, which is Cem's. */
const annAndCem = [
  always,
  { ...always, name: 'one day', start: '2026-11-24', until: '2026-11-25', people: ['cem'] },
];

beforeEach(async () => {
  await api.pool.query(
    'truncate schedules, contact_methods, notification_rules, on_call_warnings, on_call_warning_messages cascade',
  );
  hook.received.splice(0);
  status = 204;
  answers = true;
  now = begins - 24 * HOUR;
  await policyWith();
});

async function schedule(layers: object[], id = 'desk'): Promise<void> {
  const body = { id, name: `The ${id}`, timeZone: 'UTC', layers };
  const { status: made, body: answer } = await api.call('POST', '/api/v1/schedules', { body });
  expect([made, answer]).toEqual([201, expect.anything()]);
}

interface Told {
  readonly key: string;
  readonly about: readonly string[];
}

/** What arrived: the key, and who is on call from when. */
function arrived(): Told[] {
  return hook.received.map(({ headers, body }) => {
    const { data } = JSON.parse(body) as {
      data: { warnings: { name: string | null; schedule: string; from: string }[] };
    };
    return {
      key: String(headers['webhook-id']),
      about: data.warnings.map(({ name, schedule: of, from }) =>
        [name ?? 'nobody', of, from.slice(5, 16)].join(' '),
      ),
    };
  });
}
const told = () => arrived().flatMap(({ about }) => about);
const rounds = (count = 1) =>
  Promise.all(Array.from({ length: count }, () => warnOfCoverageGaps(worker)));

const override = (person: string) =>
  api.call('POST', '/api/v1/schedules/desk/overrides', {
    body: {
      ...{ kind: 'replace', person, insteadOf: 'cem' },
      from: new Date(begins).toISOString(),
      to: new Date(begins + 24 * HOUR).toISOString(),
    },
  });

async function shown(): Promise<unknown> {
  const { body } = await api.call('GET', '/api/v1/on-call/warnings');
  return body['items'];
}

describe('a shift whose person no page reaches', () => {
  beforeEach(() => schedule(annAndCem));

  test('is told to the lead a day and an hour before it begins, each once', async () => {
    now = begins - 24 * HOUR - MINUTE;
    await rounds();
    expect(told()).toEqual([]);
    now = begins - 24 * HOUR;
    await rounds();
    await rounds();
    expect(told()).toEqual(['Cem desk 11-24T12:00']);
    now = begins - HOUR;
    await rounds();
    now = begins + HOUR;
    await rounds();
    expect(told()).toEqual(['Cem desk 11-24T12:00', 'Cem desk 11-24T12:00']);
    expect(new Set(arrived().map(({ key }) => key)).size).toBe(2);
  });

  test('is told once when several workers look at the same time', async () => {
    await rounds(4);
    expect(told()).toEqual(['Cem desk 11-24T12:00']);
  });

  test('is told once it runs when no worker was there before', async () => {
    now = begins + HOUR;
    await rounds();
    await rounds();
    expect(told()).toEqual(['Cem desk 11-24T13:00']);
  });

  test('is not told when the person can be reached by then', async () => {
    await addMethod(
      api.pool,
      { id: 'cm_1', person: 'cem', kind: 'sms', address: '+491701234567', label: 'phone' },
      'cem',
      now,
    );
    await api.pool.query('update contact_methods set verified_at = created_at');
    await rounds();
    expect(told()).toEqual([]);
  });

  test('is shown with who was told of it', async () => {
    await rounds();
    expect(await shown()).toEqual([
      {
        ...{ schedule: 'desk', scheduleName: 'The desk', person: 'cem', name: 'Cem' },
        why: 'has no contact method: add one, and verify it',
        from: '2026-11-24T12:00:00.000Z',
        to: '2026-11-25T12:00:00.000Z',
        told: [
          {
            ...{ person: 'lea', namedChannel: null, channel: 'webhook', state: 'done' },
            detail: expect.stringContaining('204') as unknown,
            finishedAt: '2026-11-23T12:00:00.000Z',
          },
        ],
      },
    ]);
  });

  test('is told again under the same key until the receiver takes it', async () => {
    status = 503;
    await rounds();
    expect(await shown()).toMatchObject([{ told: [{ state: 'pending' }] }]);
    status = 204;
    now += MINUTE;
    await rounds();
    now += MINUTE;
    await rounds();
    const keys = arrived().map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    expect(await shown()).toMatchObject([{ told: [{ state: 'done' }] }]);
  });

  test('is told by another worker, under the same key, when one was killed before it heard that the receiver has it', async () => {
    answers = false;
    const killed = spawn(
      process.execPath,
      [
        ...['--import', 'tsx', resolvePath('test/api/onCallWarnings.program.ts')],
        ...[api.databaseUrl, String(now), SECRET],
      ],
      { stdio: 'inherit' },
    );
    await until('the message', () => hook.received.length === 1);
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;
    answers = true;
    expect(await shown()).toMatchObject([{ told: [{ state: 'pending' }] }]);
    await rounds();
    expect(arrived()).toHaveLength(1);
    now += MINUTE;
    await rounds();
    const keys = arrived().map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    expect(await shown()).toMatchObject([{ told: [{ state: 'done' }] }]);
  });

  test('that an override mends is not told any more, also of what was to be tried again', async () => {
    status = 503;
    await rounds();
    expect((await override('bob')).status).toBe(201);
    status = 204;
    now += 2 * MINUTE;
    await rounds();
    now = begins - HOUR;
    await rounds();
    expect(arrived()).toHaveLength(1);
    const { rows } = await api.pool.query('select state from on_call_warning_messages');
    expect(rows).toEqual([{ state: 'cancelled' }]);
  });

  test('is told anew when what had mended it is withdrawn', async () => {
    await rounds();
    const { body } = await override('bob');
    await rounds();
    await api.call('DELETE', `/api/v1/schedules/desk/overrides/${String(body['id'])}`);
    await rounds();
    expect(told()).toHaveLength(2);
  });

  test('is told an hour before also in quiet hours, a day before only after them', async () => {
    const rules = { quietHours: { timeZone: 'UTC', from: '11:00', to: '13:00' } };
    const path = '/api/v1/people/lea/notification-rules';
    expect((await api.call('PUT', path, { body: rules })).status).toBe(200);
    await rounds();
    expect(told()).toEqual([]);
    now += HOUR;
    await rounds();
    expect(told()).toHaveLength(1);
    now = begins - HOUR;
    await rounds();
    expect(told()).toHaveLength(2);
  });

  test('is given up when nobody has taken it for six hours, and says why', async () => {
    status = 503;
    await rounds();
    now += 6 * HOUR;
    await rounds();
    expect(await shown()).toMatchObject([
      { told: [{ state: 'dead', detail: expect.stringContaining('503') as unknown }] },
    ]);
  });
});

describe('whoever can mend it is told', () => {
  beforeEach(() => schedule(annAndCem));

  test('whom exhaustion tells, when the team has no lead', async () => {
    const teams = { operations: { name: 'Operations', members: ['ann', 'bob'] } };
    const escalation = { whenExhausted: { tell: [{ person: 'bob' }] } };
    await policyWith(escalation, {
      teams,
      services: {
        shop: {
          ...{ name: 'Shop', team: 'operations', serviceLevel: 'standard' },
          escalation: 'standard',
        },
      },
    });
    await rounds();
    expect(await shown()).toMatchObject([{ told: [{ person: 'bob' }] }]);
  });

  test('whom the escalation pages, when the lead cannot be reached', async () => {
    await usePolicy(api.pool, (policy) => policy);
    await policyWith(
      {},
      {
        people: {
          ...{ ann: { name: 'Ann', webhook: `${hook.url}/ann` }, bob: { name: 'Bob' } },
          ...{ cem: { name: 'Cem' }, lea: { name: 'Lea' }, gone: { name: 'Gone', active: false } },
        },
      },
    );
    await rounds();
    expect(await shown()).toMatchObject([{ told: [{ person: 'ann' }] }]);
  });

  test('at the times that the policy names, and not at all when it names none', async () => {
    await policyWith({}, { onCall: { warnBefore: ['2d'] } });
    now = begins - 48 * HOUR;
    await rounds();
    expect(told()).toHaveLength(1);
    await policyWith({}, { onCall: { warnBefore: [] } });
    now = begins - HOUR;
    await rounds();
    expect(told()).toHaveLength(1);
  });

  test('of a schedule by which no escalation pages nobody is', async () => {
    await policyWith({ steps: [{ to: [{ person: 'ann' }], wait: '5m' }] });
    await rounds();
    expect([told(), await shown()]).toEqual([[], [expect.objectContaining({ person: 'cem' })]]);
  });
});

describe('a time at which nobody is on call', () => {
  const endsOn = (day: string) => [{ ...always, until: `2026-11-${day}` }];

  test('is told like a shift whose person cannot be reached, and is shown', async () => {
    await schedule(endsOn('24'));
    await rounds();
    expect(told()).toEqual(['nobody desk 11-24T12:00']);
    expect(await shown()).toMatchObject([
      { schedule: 'desk', person: null, name: null, why: 'nobody is on call' },
    ]);
  });

  test('is told in one message with others to the same receiver', async () => {
    await policyWith({
      steps: [{ to: [{ schedule: 'desk' }, { schedule: 'network' }], wait: '5m' }],
    });
    await schedule(endsOn('24'));
    await schedule(annAndCem, 'network');
    await rounds();
    expect(arrived().map(({ about }) => about)).toEqual([
      ['nobody desk 11-24T12:00', 'Cem network 11-24T12:00'],
    ]);
  });

  test('is neither told nor shown where the policy means it so', async () => {
    await policyWith({}, { onCall: { mayHaveGaps: ['desk'] } });
    await schedule(endsOn('24'));
    await rounds();
    expect([told(), await shown()]).toEqual([[], []]);
  });
});
