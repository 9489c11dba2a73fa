import type { Channel, OutboundMessage } from '../../channels/channel.ts';
import { DeliveryError } from '../../channels/channel.ts';
import { createChannels } from '../../channels/index.ts';
import { notify } from '../../activities/notification.ts';
import type { NotificationDeps, NotificationEffect } from '../../activities/notification.ts';
import { readConfig } from '../../config.ts';
import { deliveriesOf } from '../../db/deliveries.ts';
import { claimEffect, effectsOf } from '../../db/effects.ts';
import { readEvents } from '../../db/events.ts';
import { Superseded } from '../../db/identity.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import { HOUR } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { sendAgain } from '../../records/deadLetters.ts';
import { contactsOf } from '../../records/contactPlan.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { useLink } from '../../records/links.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { watchPool } from '../helpers/statements.ts';
import { startReceiver } from './receiver.ts';

const secret = 'a secret of at least thirty-two characters';
const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };
const publicUrl = 'https://desk.example.org';

let database: TestDatabase;
let engine: Engine;
let clock: Instant;

beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => clock);
});

afterAll(() => database.drop());

beforeEach(async () => {
  clock = Date.now();
  await database.pool.query('delete from contact_methods');
  // What a test left open would go out with the messages of the next one.
  await database.pool.query(
    "update effects set state = 'cancelled' where state in ('pending', 'started')",
  );
  await reachAnnBy({ webhook: 'https://ann.example.org/hook' });
});

async function reachAnnBy(person: {
  webhook?: string;
  email?: string;
  active?: boolean;
}): Promise<void> {
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, ann: { name: 'Ann', ...person } },
  }));
}

/** An incident whose escalation has just paged ann; the page is not delivered yet. */
async function page(): Promise<{ number: string; key: string }> {
  const input = { title: 'Web shop is down', service: 'shop', impact: 1, urgency: 1 };
  const opened = await open(engine, processOf(engine, 'incident'), input, {
    actor: lea,
    now: clock,
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = {
    escalation: 'standard',
    round: 1,
    step: 0,
    rule: 'escalations.standard',
    people: ['ann'],
  };
  const paged = await commit(engine, number, 'page', step, {
    actor: systemActor('test', 'acme'),
    now: clock,
  });
  if (!paged.ok) throw new Error(JSON.stringify(paged.error));
  return { number, key: `${number}/2/0` };
}

interface Recording extends Channel {
  readonly sent: OutboundMessage[];
}

function recording(
  answer: (count: number) => Promise<{ detail: string; providerId?: string }> = () =>
    Promise.resolve({ detail: 'ok' }),
): Recording {
  const sent: OutboundMessage[] = [];
  return {
    sent,
    send(message) {
      sent.push(message);
      return answer(sent.length);
    },
  };
}

function depsWith(channel: Channel, by = engine): NotificationDeps {
  const channels = Object.fromEntries(channelKinds.map((kind) => [kind, channel])) as Record<
    ChannelKind,
    Channel
  >;
  return { engine: by, config: { publicUrl }, secret, channels, driver: testDriver };
}

/** One attempt, as the activity makes it. */
async function attempt(key: string, channel: Channel): Promise<void> {
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  if (effect?.kind !== 'notification') throw new Error(`${key} could not be claimed`);
  await notify(depsWith(channel), effect, clock);
}

async function effectOf(number: string, key: string) {
  const all = await effectsOf(database.pool, number);
  return all.find((effect) => effect.key === key);
}

const failing = (options: ConstructorParameters<typeof DeliveryError>[1]) =>
  recording(() => Promise.reject(new DeliveryError('ann@example.org is full', options)));

test('a page is delivered, noted in the ledger and done', async () => {
  const { number, key } = await page();
  const channel = recording();
  await attempt(key, channel);
  expect(channel.sent).toHaveLength(1);
  expect(channel.sent[0]).toMatchObject({
    key,
    person: { name: 'Ann', address: 'https://ann.example.org/hook' },
    subject: `[${number}] Page, priority 1: Web shop is down`,
    event: { id: key, subject: number, data: { message: 'page', seq: 2 } },
  });
  expect(await effectOf(number, key)).toMatchObject({ state: 'done', error: null });
  expect(await deliveriesOf(database.pool, number)).toEqual([
    {
      effectKey: key,
      person: 'ann',
      namedChannel: null,
      channel: 'webhook',
      method: 'policy-webhook',
      attempt: 1,
      startedAt: clock,
      finishedAt: clock,
      outcome: 'accepted',
      detail: 'ok',
      report: null,
    },
  ]);
});

test('the link in a page acknowledges its incident', async () => {
  const { key } = await page();
  const channel = recording();
  await attempt(key, channel);
  const url = String(channel.sent[0]?.event.data['acknowledgeUrl']);
  expect(url.startsWith(`${publicUrl}/a/`)).toBe(true);
  const token = url.slice(`${publicUrl}/a/`.length);
  const opened = { token, browser: 'a browser' };
  const used = await useLink(engine, secret, opened, { answer: 'acknowledge' }, clock);
  expect(used.kind).toBe('given');
});

test('a page that was cancelled at the last moment is not sent', async () => {
  const { number, key } = await page();
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  await commit(engine, number, 'acknowledge', {}, { actor: lea, now: clock });
  const channel = recording();
  await notify(depsWith(channel), effect as NotificationEffect, clock);
  expect(channel.sent).toEqual([]);
  expect(await effectOf(number, key)).toMatchObject({ state: 'cancelled' });
  expect(await deliveriesOf(database.pool, number)).toEqual([]);
});

async function linksTo(number: string): Promise<number> {
  const { rowCount } = await database.pool.query('select from action_links where number = $1', [
    number,
  ]);
  return rowCount ?? 0;
}

test('the links in a page are stored before it leaves, and none of one that is no longer wanted then', async () => {
  const [left, cancelled] = [await page(), await page()];
  const before: number[] = [];
  const channel = recording(async () => {
    before.push(await linksTo(left.number));
    return { detail: 'ok' };
  });
  await attempt(left.key, channel);
  expect(before).toEqual([2]);
  const effect = await claimEffect(database.pool, cancelled.key, 10, testDriver);
  await commit(engine, cancelled.number, 'acknowledge', {}, { actor: lea, now: clock });
  await notify(depsWith(channel), effect as NotificationEffect, clock);
  expect(await linksTo(cancelled.number)).toBe(0);
});

test('a page of a namespace that drives the records no more is given back unsent, with neither attempt nor links', async () => {
  const { number, key } = await page();
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  const channel = recording();
  const superseded = { ...depsWith(channel), driver: 'another' };
  await expect(notify(superseded, effect as NotificationEffect, clock)).rejects.toThrow(Superseded);
  expect(channel.sent).toEqual([]);
  expect(await deliveriesOf(database.pool, number)).toEqual([]);
  expect(await linksTo(number)).toBe(0);
  expect(await claimEffect(database.pool, key, 10, testDriver)).toMatchObject({ key });
});

test('a later message of a record belongs to the thread of the first one that took the same way, and to no other', async () => {
  const { number } = await page();
  const step = { escalation: 'standard', round: 1, step: 1, rule: 'escalations.standard' };
  const people = ['ann', 'bob'];
  const actor = systemActor('test', 'acme');
  await commit(engine, number, 'page', { ...step, people }, { actor, now: clock });
  const channel = recording((count) =>
    Promise.resolve({ detail: 'ok', providerId: `thread ${count}` }),
  );
  for (const key of [`${number}/2/0`, `${number}/3/0`, `${number}/3/1`])
    await attempt(key, channel);
  const sent = channel.sent.map(({ person, thread }) => [person.name, thread]);
  expect(sent).toEqual([
    ['Ann', undefined],
    ['Ann', 'thread 1'],
    ['Bob', undefined],
  ]);
});

test('a claimed page to one person costs five statements, by an address of the policy and by a contact method', async () => {
  const method = await verifiedMethod(database.pool, 'ann', 'sms', '+4915100000001');
  const { number } = await page();
  const { pool, statements } = watchPool(database.pool);
  const watched = testEngine(pool, () => clock);
  await watched.policies.active(database.pool);
  const ways: string[] = [];
  for (const key of [`${number}/2/0`, `${number}/2/1`]) {
    const effect = (await claimEffect(database.pool, key, 10, testDriver)) as NotificationEffect;
    ways.push(effect.method ?? '');
    await notify(depsWith(recording(), watched), effect, clock);
    expect(await effectOf(number, key)).toMatchObject({ state: 'done' });
  }
  expect(ways.toSorted()).toEqual([method, 'policy-webhook'].toSorted());
  const each = [
    ...['find-directions', 'companion-or-alone', 'find-occasion'],
    ...['begin-delivery', 'finish-sent'],
  ];
  expect(statements).toEqual([...each, ...each]);
});

test.each(['policy-webhook', 'sms'])(
  'a page that goes out with its commit reads nothing before its attempt, and says the same as one that is read anew: by %s',
  async (way) => {
    if (way === 'sms') {
      await reachAnnBy({});
      await verifiedMethod(database.pool, 'ann', 'sms', '+4915100000001');
    }
    const { number } = await page();
    // Else both pages of the receiver would be decided together.
    await database.pool.query("update effects set state = 'cancelled' where number = $1", [number]);
    const { pool, statements } = watchPool(database.pool);
    const watched = testEngine(pool, () => clock);
    const policy = await watched.policies.active(database.pool);
    const contacts = await contactsOf(database.pool, policy, ['ann']);
    const step = { escalation: 'standard', round: 1, step: 1, rule: 'escalations.standard' };
    const input = { ...step, people: ['ann'] };
    const actor = systemActor('test', 'acme');
    const request = { actor, now: clock, sendsAtOnce: true, contacts };
    const paged = await commit(engine, number, 'page', input, request);
    const toSend = paged.ok ? paged.value.toSend : undefined;
    const [message, ...others] = toSend?.messages ?? [];
    if (message === undefined || others.length > 0) throw new Error('not one message');
    const channel = recording((count) =>
      count === 1
        ? Promise.reject(new DeliveryError('busy', { retryable: true }))
        : Promise.resolve({ detail: 'ok' }),
    );
    const first = notify(depsWith(channel, watched), message, clock, { madeOf: toSend?.madeOf });
    await expect(first).rejects.toMatchObject({ type: 'DeliveryFailed' });
    expect(statements.slice(0, 2)).toEqual(['companion-or-alone', 'begin-delivery']);
    await attempt(message.key, channel);
    expect(channel.sent[1]).toEqual(channel.sent[0]);
    expect(channel.sent[0]?.content.title).toBe('Web shop is down');
  },
);

test.each([
  ['is not active any more', { active: false, webhook: 'https://ann.example.org/hook' }],
  ['has no webhook any more', { email: 'ann@example.org' }],
])('a page for somebody who %s is a dead letter with that reason', async (reason, person) => {
  const { number, key } = await page();
  await reachAnnBy(person);
  const channel = recording();
  await attempt(key, channel);
  expect(channel.sent).toEqual([]);
  expect(await effectOf(number, key)).toMatchObject({ state: 'dead', error: `"ann" ${reason}` });
});

test('a failed attempt is noted and tried again under the same key and with the same link', async () => {
  const { number, key } = await page();
  const channel = recording((count) =>
    count === 1
      ? Promise.reject(new DeliveryError('answered 503', { retryable: true, retryAfterMs: 7_000 }))
      : Promise.resolve({ detail: 'ok' }),
  );
  await expect(attempt(key, channel)).rejects.toMatchObject({
    type: 'DeliveryFailed',
    nextRetryDelay: 7_000,
  });
  expect(await effectOf(number, key)).toMatchObject({ state: 'started', error: 'answered 503' });
  await attempt(key, channel);
  expect(channel.sent[1]).toEqual(channel.sent[0]);
  const ledger = await deliveriesOf(database.pool, number);
  expect(ledger.map(({ attempt: nth, outcome, detail }) => [nth, outcome, detail])).toEqual([
    [1, 'failed', 'answered 503'],
    [2, 'accepted', 'ok'],
  ]);
  expect(await effectOf(number, key)).toMatchObject({ state: 'done', error: null });
});

test('a failure says nothing about a person or a receiver to Temporal', async () => {
  const { number, key } = await page();
  const error = await attempt(key, failing({ retryable: true })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    message: `${key} was not accepted: the ledger of ${number} says why`,
    nonRetryable: false,
  });
  expect(JSON.stringify(error)).not.toContain('example.org');
});

test('what can never be accepted is a dead letter at once', async () => {
  const { number, key } = await page();
  await attempt(key, failing({ retryable: false }));
  expect(await effectOf(number, key)).toMatchObject({
    state: 'dead',
    error: 'ann@example.org is full',
    attempts: 1,
  });
});

test('what is not accepted until its time is over is a dead letter with the last reason', async () => {
  const { number, key } = await page();
  await expect(attempt(key, failing({ retryable: true }))).rejects.toMatchObject({
    type: 'DeliveryFailed',
  });
  clock += 6 * HOUR;
  await attempt(key, failing({ retryable: true }));
  expect(await effectOf(number, key)).toMatchObject({
    state: 'dead',
    error: 'ann@example.org is full',
    attempts: 2,
  });
});

describe('of a page that was given up', () => {
  const dies = () => failing({ retryable: false });
  const failures = async (number: string) =>
    (await readEvents(database.pool, number)).filter(({ type }) => type === 'pageFailed');
  const toldLead = async (number: string) =>
    (await effectsOf(database.pool, number)).filter(({ message }) => message === 'pageFailed');

  test('the record keeps an event, without what the receiver said, and the lead is told', async () => {
    const { number, key } = await page();
    await attempt(key, dies());
    const events = await failures(number);
    expect(events).toMatchObject([
      { data: { effect: key, person: 'ann', channel: 'webhook' }, actor: { kind: 'system' } },
    ]);
    expect(JSON.stringify(events)).not.toContain('is full');
    const told = recording();
    for (const { key: word } of await toldLead(number)) await attempt(word, told);
    expect(told.sent).toMatchObject([
      {
        person: { name: 'Lea', address: 'lea@example.org' },
        subject: `[${number}] Page failed, priority 1: Web shop is down`,
        text: expect.stringContaining('given up: ann by webhook') as string,
        event: { type: 'provisor.incident.pageFailed.v1', data: { acknowledgeUrl: null } },
      },
    ]);
  });

  test('the lead is told also when there is nobody to send it to any more', async () => {
    const { number, key } = await page();
    await reachAnnBy({ active: false, webhook: 'https://ann.example.org/hook' });
    await attempt(key, recording());
    expect(await toldLead(number)).toMatchObject([{ person: 'lea', state: 'pending' }]);
  });

  test('a word to the lead that dies as well is a dead letter and asks for no further one', async () => {
    const { number, key } = await page();
    await attempt(key, dies());
    const [word] = await toldLead(number);
    await attempt(word?.key ?? '', dies());
    expect(await effectOf(number, word?.key ?? '')).toMatchObject({ state: 'dead' });
    expect(await failures(number)).toHaveLength(1);
    expect(await toldLead(number)).toHaveLength(1);
  });

  test('nobody is told when it was acknowledged while it was on its way', async () => {
    const { number, key } = await page();
    const answering = recording(async () => {
      await commit(engine, number, 'acknowledge', {}, { actor: lea, now: clock });
      throw new DeliveryError('answered 410', { retryable: false });
    });
    await attempt(key, answering);
    expect(await effectOf(number, key)).toMatchObject({ state: 'cancelled' });
    expect(await failures(number)).toEqual([]);
    expect(await deliveriesOf(database.pool, number)).toMatchObject([{ outcome: 'failed' }]);
  });

  test('sent again in vain the lead is told again', async () => {
    const { number, key } = await page();
    await attempt(key, dies());
    const again = await sendAgain(engine, key, lea);
    expect(again).toMatchObject({ ok: true });
    await attempt(key, dies());
    expect(await failures(number)).toHaveLength(2);
    expect(await toldLead(number)).toHaveLength(2);
  });

  test('nothing is written for a worker whose namespace drives the records no more', async () => {
    const { number, key } = await page();
    const superseding = recording(async () => {
      await database.pool.query("update temporal_identity set namespace_id = 'another'");
      throw new DeliveryError('answered 410', { retryable: false });
    });
    await expect(attempt(key, superseding)).rejects.toThrow(Superseded);
    await database.pool.query('update temporal_identity set namespace_id = $1', [testDriver]);
    expect(await effectOf(number, key)).toMatchObject({ state: 'started' });
    expect(await failures(number)).toEqual([]);
  });

  test('it failed when it was given up, however long ago the attempt was asked for', async () => {
    const { number, key } = await page();
    const effect = await claimEffect(database.pool, key, 10, testDriver);
    const asked = clock;
    clock += 6 * HOUR;
    await notify(depsWith(dies()), effect as NotificationEffect, asked);
    expect(await failures(number)).toMatchObject([{ at: clock }]);
  });
});

test('an unexpected error of a channel is a failed delivery', async () => {
  const { number, key } = await page();
  const channel = recording(() => Promise.reject(new TypeError('boom')));
  await expect(attempt(key, channel)).rejects.toMatchObject({ type: 'DeliveryFailed' });
  expect(await deliveriesOf(database.pool, number)).toMatchObject([
    { outcome: 'failed', detail: 'boom' },
  ]);
});

test('a message lets other work begin before it waits for its receiver', async () => {
  const { key } = await page();
  const effect = (await claimEffect(database.pool, key, 10, testDriver)) as NotificationEffect;
  const happened: string[] = [];
  const channel = recording(() => {
    happened.push('sent');
    return Promise.resolve({ detail: 'ok' });
  });
  await notify(depsWith(channel), effect, clock, {
    onReceiver: () => happened.push('waits'),
  });
  expect(happened).toEqual(['waits', 'sent']);
});

test('a receiver that hangs takes eight places and no more: others are served, and the ninth is not in the ledger', async () => {
  let release = (): void => undefined;
  const open = new Promise<{ detail: string }>((resolve) => {
    release = () => {
      resolve({ detail: 'ok' });
    };
  });
  const hanging = recording(() => open);
  const pages = [];
  for (let count = 0; count < 9; count += 1) pages.push(await page());
  const waiting = pages.slice(0, 8).map(({ key }) => attempt(key, hanging));
  while (hanging.sent.length < 8) await new Promise((resolve) => setTimeout(resolve, 5));
  const { number, key } = pages[8]!;
  await expect(attempt(key, hanging)).rejects.toMatchObject({ type: 'ReceiverBusy' });
  expect(await deliveriesOf(database.pool, number)).toEqual([]);
  await reachAnnBy({ webhook: 'https://elsewhere.example.org/hook' });
  await attempt(key, recording());
  expect(await effectOf(number, key)).toMatchObject({ state: 'done' });
  release();
  await Promise.all(waiting);
});

test('a receiver that accepts what it is sent gets more than eight at a time while others wait', async () => {
  let underWay = 0;
  let most = 0;
  const prompt = recording(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 100));
    underWay -= 1;
    return { detail: 'ok' };
  });
  const pages = [];
  for (let count = 0; count < 30; count += 1) pages.push(await page());
  const done = await Promise.allSettled(
    pages.map(async ({ key }) => {
      const effect = (await claimEffect(database.pool, key, 10, testDriver)) as NotificationEffect;
      await notify(depsWith(prompt), effect, clock, { waiting: 99 });
    }),
  );
  expect(done.map(({ status }) => status)).toEqual(pages.map(() => 'fulfilled'));
  expect(most).toBeGreaterThan(8);
  expect(most).toBeLessThanOrEqual(24);
});

test('through the real channels: 500, then accepted; without a mail server the ledger says what to set', async () => {
  const receiver = await startReceiver((response, count) => {
    response.statusCode = count === 1 ? 500 : 202;
    response.end();
  });
  await reachAnnBy({ webhook: receiver.url, email: 'ann@example.org' });
  const config = readConfig({ PUBLIC_URL: publicUrl, PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  const deps: NotificationDeps = {
    engine,
    config,
    secret,
    channels: createChannels(config, secret),
    driver: testDriver,
  };
  const { number } = await page();
  const run = async (key: string): Promise<void> => {
    const effect = await claimEffect(database.pool, key, 10, testDriver);
    await notify(deps, effect as NotificationEffect, clock);
  };
  await run(`${number}/2/0`);
  await expect(run(`${number}/2/1`)).rejects.toMatchObject({ type: 'DeliveryFailed' });
  await run(`${number}/2/1`);
  await receiver.close();
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
    `${number}/2/1`,
    `${number}/2/1`,
  ]);
  expect(await effectOf(number, `${number}/2/0`)).toMatchObject({
    state: 'dead',
    error: 'no mail server is configured: set SMTP_URL',
  });
  expect(await effectOf(number, `${number}/2/1`)).toMatchObject({ state: 'done' });
});
