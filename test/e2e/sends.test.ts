import type { NotificationView } from '../../api/contract/notifications.ts';
import { writeRules } from '../../db/notificationRules.ts';
import { createPool } from '../../db/pool.ts';
import type { Pool, Queryable } from '../../db/pool.ts';
import { lockRecord } from '../../db/records.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { BuiltInKind, ChannelKind } from '../../domain/channelKinds.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { embeddedDatabaseUrl } from '../../runtime/embedded.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { createGate } from '../helpers/gate.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation, PartName } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { callBackKey, startReceivers } from '../helpers/receivers.ts';
import type { Receivers } from '../helpers/receivers.ts';
import { until } from '../helpers/system.ts';

const parts = ['worker', 'api', 'temporal', 'postgresql'] satisfies PartName[];

/** Where a send is when a process is killed. Each has a person of its own, for decisions about one person's messages wait for each other. */
const points = {
  before: 'before its attempt begins',
  during: 'while its receiver has nothing of it yet',
  after: 'when its receiver has it and has not answered',
  marking: 'when it was answered and is not yet marked',
} as const;
type Point = keyof typeof points;
const pointNames = Object.keys(points) as Point[];

/** The advisory lock that each attempt for the person of `before` waits for. */
const HOLDS_ATTEMPTS = 20261123;

/** Is told by SMS and a call, and by mail an hour later: at once when both are reported as no delivery. */
const REPORTED = 'reported';

/** An incident whose messages are at a point. */
interface Staged {
  readonly number: string;
  /** Lets go of what holds them there. */
  release(): void;
}

let receivers: Receivers;
let installation: Installation;
let pool: Pool;

beforeAll(async () => {
  receivers = await startReceivers();
  const { email, webhook } = receivers;
  const paged = { email: email.address, webhook: webhook.address };
  const each = <Value>(make: (name: string) => Value): Record<string, Value> =>
    Object.fromEntries([...pointNames, REPORTED].map((name) => [name, make(name)]));
  const { shop } = testPolicy.services;
  const { standard } = testPolicy.escalations;
  const policy: PolicyInput = {
    ...testPolicy,
    people: {
      ...testPolicy.people,
      ...each((name) => ({ name, ...paged })),
      [REPORTED]: { name: REPORTED, email: email.address },
    },
    services: { ...testPolicy.services, ...each((name) => ({ ...shop, escalation: name })) },
    escalations: {
      standard,
      ...each((person) => ({ ...standard, steps: [{ to: [{ person }], wait: '10m' }] })),
    },
  };
  installation = await startInstallation(policy, {
    ...receivers.environment,
    // Messages that wait for the database hold a connection each.
    DATABASE_POOL: '40',
  });
  pool = createPool(embeddedDatabaseUrl(installation.home) ?? '', 10);
  for (const person of pointNames) await reachBy(person, channelKinds);
  await pool.query(`
    create function wait_for_test() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock(${HOLDS_ATTEMPTS});
      return new;
    end $$;
    create trigger wait_for_test before insert on deliveries for each row when (new.person = 'before') execute function wait_for_test()`);
  const [sms, voice] = await reachBy(REPORTED, ['sms', 'voice']);
  const interrupting = [
    { method: sms },
    { method: voice },
    { method: 'policy-email', after: '1h' },
  ];
  await writeRules(pool, REPORTED, { interrupting }, 0, 'test', Date.now());
}, 120_000);

afterAll(async () => {
  await pool.end();
  await installation.stop();
  await receivers.close();
}, 60_000);

/** Lets a person be reached by these kinds. @returns the ids of the methods */
async function reachBy(person: string, kinds: readonly BuiltInKind[]): Promise<string[]> {
  const ids: string[] = [];
  for (const kind of kinds) {
    ids.push(await verifiedMethod(pool, person, kind, receivers[kind].address));
  }
  return ids;
}

async function open(service: string): Promise<string> {
  const incident = { title: `${service} is down`, service, impact: 1, urgency: 1 };
  const answer = await installation.call<{ number: string }>('POST', '/api/v1/incidents', incident);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.number;
}

async function ledger(number: string, person: string): Promise<NotificationView[]> {
  const path = `/api/v1/notifications?number=${number}&person=${person}`;
  const { status, body } = await installation.call<{ items: NotificationView[] }>('GET', path);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.items;
}

/** The keys under which a receiver took messages of a record. */
function taken(kind: ChannelKind, number: string): string[] {
  return receivers[kind as BuiltInKind].keys().filter((key) => key.startsWith(`${number}/`));
}

/** Of a record's messages, those that stand as done though their receiver did not take them. */
function doneUntaken(items: readonly NotificationView[]): string[] {
  return items
    .filter(
      ({ state, channel, number, key }) =>
        state === 'done' && !taken(channel, number).includes(key),
    )
    .map(({ channel }) => channel);
}

interface Lock {
  /** Of its session in PostgreSQL. */
  readonly pid: number;
  /** PostgreSQL may be gone by then, and with it the lock. */
  release(): void;
}

async function lock(take: (tx: Queryable) => Promise<unknown>): Promise<Lock> {
  const client = await pool.connect();
  client.on('error', () => undefined);
  await client.query('begin');
  await take(client);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const release = (): void => {
    client.release(true);
  };
  return { pid: rows[0]?.pid ?? 0, release };
}

/** Waits until the messages of all channels wait for a lock. */
async function untilAllWait({ pid }: Lock): Promise<void> {
  await until('all to wait for a lock', async () => {
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::integer as count from pg_stat_activity where $1 = any(pg_blocking_pids(pid))',
      [pid],
    );
    return rows[0]?.count === channelKinds.length;
  });
}

/** All eight receivers stop at a gate with the next message. */
async function atGate(at: 'unread' | 'unanswered', service: Point) {
  const gate = createGate(at);
  for (const kind of channelKinds) receivers[kind].stopNext(gate);
  const number = await open(service);
  await until(`all to be ${at}`, () => gate.reached === channelKinds.length);
  return { number, release: gate.open };
}

const stages: Readonly<Record<Point, () => Promise<Staged>>> = {
  async before() {
    const held = await lock(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [HOLDS_ATTEMPTS]);
    });
    const number = await open('before');
    await untilAllWait(held);
    return { number, release: held.release };
  },
  during: () => atGate('unread', 'during'),
  after: () => atGate('unanswered', 'after'),
  async marking() {
    const { number, release: answer } = await atGate('unanswered', 'marking');
    const held = await lock((tx) =>
      tx.query('select from deliveries where number = $1 for update', [number]),
    );
    answer();
    await untilAllWait(held);
    return { number, release: held.release };
  },
};

async function sendReported(): Promise<string> {
  const number = await open(REPORTED);
  await until('SMS and call to be sent', async () => {
    const states = (await ledger(number, REPORTED)).map(({ state }) => state);
    return states.filter((state) => state === 'done').length === 2;
  });
  return number;
}

/** The provider posts that an SMS or a call did not arrive. It does so once, whatever it is answered. */
function report(made: Map<string, URLSearchParams>, number: string, said: object): void {
  for (const [sid, form] of made) {
    const address = form.get('StatusCallback') ?? '';
    if (!callBackKey(form).startsWith(`${number}/`)) continue;
    const { parameters, signature } = receivers.twilio.callBack(address, {
      ...said,
      MessageSid: sid,
      CallSid: sid,
    });
    const headers = { 'x-twilio-signature': signature };
    fetch(address, { method: 'POST', headers, body: parameters }).catch(() => undefined);
  }
}

/** That neither SMS nor call arrived is kept, and is to have its effect. */
async function stageReports(number: string): Promise<Staged> {
  const { release } = await lock((tx) => lockRecord(tx, number));
  const { messages, calls } = receivers.twilio;
  report(messages, number, { MessageStatus: 'undelivered', ErrorCode: '30003' });
  report(calls, number, { CallStatus: 'busy' });
  await until('both reports to be kept', async () => {
    const { rowCount } = await pool.query(
      "select from inbound_answers where split_part(effect_key, '/', 1) = $1 and applied_at is null",
      [number],
    );
    return rowCount === 2;
  });
  return { number, release };
}

/** Waits until all of so many messages of a record are done: none may be before its receiver took it, and each receiver took its own under one key. */
async function untilDone(staged: Staged, person: string, count: number) {
  const { number } = staged;
  const items = await until(
    'all to be done',
    async () => {
      const now = await ledger(number, person).catch(() => []);
      expect(doneUntaken(now)).toEqual([]);
      return now.length === count && now.every(({ state }) => state === 'done') && now;
    },
    60_000,
  );
  const got = items.map(({ channel }) => [channel, [...new Set(taken(channel, number))]]);
  expect(got).toEqual(items.map(({ channel, key }) => [channel, [key]]));
  return items;
}

describe.each(parts)('kill -9 of %s', (part) => {
  const staged = {} as Record<Point, Staged>;
  const stood = {} as Record<Point, { states: string[]; taken: BuiltInKind[] }>;
  let reported: Staged;

  // One kill meets messages at all points. PostgreSQL's locks are waited for 4 s at most, so they come last.
  beforeAll(async () => {
    const told = await sendReported();
    for (const point of ['during', 'after', 'before', 'marking'] as const) {
      staged[point] = await stages[point]();
    }
    reported = await stageReports(told);
    for (const point of pointNames) {
      const { number } = staged[point];
      const items = await ledger(number, point);
      stood[point] = {
        states: [...new Set(items.map(({ state }) => state))],
        taken: channelKinds.filter((kind) => taken(kind, number).length > 0),
      };
    }
    await installation.kill(part);
    for (const { release } of [...Object.values(staged), reported]) release();
  }, 60_000);

  test('meets messages at every point, and none is marked', () => {
    const states = ['started'];
    expect(stood).toEqual({
      before: { states, taken: [] },
      during: { states, taken: [] },
      after: { states, taken: channelKinds },
      marking: { states, taken: channelKinds },
    });
  });

  test.each(pointNames.map((point) => ({ point, when: points[point] })))(
    '$when: a message is taken by its receiver, under one key, and only then done, by every channel',
    async ({ point }) => {
      const items = await untilDone(staged[point], point, channelKinds.length);
      expect(items.map(({ channel }) => channel).sort()).toEqual([...channelKinds].sort());
    },
    90_000,
  );

  test('that an SMS and a call did not arrive is noted, and the next way is used at once', async () => {
    const items = await untilDone(reported, REPORTED, 3);
    const outcomes = items.map(({ channel, delivery }) => [channel, delivery?.outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({
      sms: 'failed',
      voice: 'failed',
      email: 'accepted',
    });
  }, 90_000);
});

test('afterwards nobody was given up', async () => {
  const { body } = await installation.call<{ items: unknown[] }>(
    'GET',
    '/api/v1/notifications?state=dead',
  );
  expect(body.items).toEqual([]);
});
