import { ApplicationFailure } from '@temporalio/common';
import { takeTurn } from '../../activities/bundling.ts';
import type { Turn } from '../../activities/bundling.ts';
import { notify } from '../../activities/notification.ts';
import type { Channel, OutboundMessage } from '../../channels/channel.ts';
import { DeliveryError } from '../../channels/channel.ts';
import { takeAlong } from '../../db/bundles.ts';
import { addMethod } from '../../db/contactMethods.ts';
import { claimEffect, effectsOf, findEffect } from '../../db/effects.ts';
import { readEvents } from '../../db/events.ts';
import { createPool } from '../../db/pool.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import { MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { sendAgain } from '../../records/deadLetters.ts';
import { deliveryFailed } from '../../records/deliveryReports.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const limit = { messages: 5, per: MINUTE };
const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };

let database: TestDatabase;
let engine: Engine;
let clock: Instant;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => clock);
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, ann: { name: 'Ann', webhook: 'https://ann.example.org/hook' } },
    notificationLimit: { messages: limit.messages, per: '1m' },
  }));
});
afterAll(() => database.drop());
beforeEach(async () => {
  clock = Date.now();
  await database.pool.query(
    "update effects set taken_at = taken_at - interval '1 hour', state = case when state = 'done' then state else 'cancelled' end",
  );
});

/** A page to Ann; its key. */
async function page(urgency = 1, impact = 1): Promise<string> {
  const input = { title: 'Web shop is down', service: 'shop', impact, urgency };
  const request = { actor: lea, now: clock };
  const opened = await open(engine, processOf(engine, 'incident'), input, request);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = { escalation: 'e', rule: 'escalations.standard.steps.0', people: ['ann'] };
  await commit(engine, number, 'page', step, { actor: systemActor('test', 'acme'), now: clock });
  return `${number}/2/0`;
}

function recording(refuse: () => boolean = () => false): Channel & { sent: OutboundMessage[] } {
  const sent: OutboundMessage[] = [];
  return {
    sent,
    send(message) {
      if (refuse()) return Promise.reject(new DeliveryError('busy', { retryable: true }));
      sent.push(message);
      return Promise.resolve({ detail: 'ok' });
    },
  };
}

/** One attempt at a message, as the activity makes it. @returns whether it is to be called again */
async function attempt(key: string, channel: Channel, worker = engine): Promise<boolean> {
  const effect = await claimEffect(worker.pool, key, 10, testDriver);
  if (effect?.kind !== 'notification') return false;
  const channels = Object.fromEntries(channelKinds.map((kind) => [kind, channel])) as Record<
    ChannelKind,
    Channel
  >;
  const config = { publicUrl: 'https://desk.example.org' };
  const secret = 'a secret of at least thirty-two characters';
  try {
    await notify({ engine: worker, config, secret, channels, driver: testDriver }, effect, clock);
    return false;
  } catch (error) {
    if (error instanceof ApplicationFailure) return true;
    throw error;
  }
}

/** What is decided of a message before it is sent: here its worker dies. */
async function turn(key: string): Promise<Turn> {
  const effect = await findEffect(database.pool, key);
  if (effect?.kind !== 'notification') throw new Error(`${key} is no message`);
  return takeTurn(database.pool, effect, limit, clock);
}

async function stateOf(key: string): Promise<string | undefined> {
  const effects = await effectsOf(database.pool, key.split('/')[0] ?? '');
  return effects.find((effect) => effect.key === key)?.state;
}

test('a storm of pages to one person is five messages, of which the last says how many more, and every page is done', async () => {
  const keys = await Promise.all(Array.from({ length: 30 }, () => page()));
  const channel = recording();
  await Promise.all(keys.map((key) => attempt(key, channel)));
  for (const key of keys) await attempt(key, channel);
  for (const key of keys) await attempt(key, channel);
  expect(channel.sent).toHaveLength(5);
  const bundled = channel.sent.filter(({ subject }) => subject.includes('and 25 more'));
  expect(bundled).toHaveLength(1);
  expect(await Promise.all(keys.map(stateOf))).toEqual(keys.map(() => 'done'));
});

test('the message that takes others along names their records, the most urgent first, and each once', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const first = await page();
  const others = [await page(3), await page(2), await page(1)];
  const again = { escalation: 'e', rule: 'escalations.standard.steps.0', people: ['ann'] };
  const twice = first.split('/')[0] ?? '';
  await commit(engine, twice, 'page', again, { actor: systemActor('test', 'acme'), now: clock });
  await attempt(first, channel);
  const [third = '', second = '', most = ''] = others.map((key) => key.split('/')[0]);
  const { content, event, text } = channel.sent.at(-1) as OutboundMessage;
  expect(content.heading).toBe('Page and 3 more, priority 1');
  expect(content.rows).toContainEqual(['And 3 more', `${most}, ${second}, ${third}`]);
  expect(event.data).toMatchObject({ along: [most, second, third] });
  expect(text).toContain(`${most}, ${second}, ${third}`);
  expect(await stateOf(`${twice}/3/0`)).toBe('done');
});

test('a priority 1 goes out at once and by itself though less urgent pages used up the limit', async () => {
  const channel = recording();
  for (let sent = 0; sent < 5; sent += 1) await attempt(await page(3), channel);
  const waiting = await page(3);
  expect(await attempt(waiting, channel)).toBe(true);
  const first = await page();
  expect(await attempt(first, channel)).toBe(false);
  expect(channel.sent.at(-1)?.content.heading).toBe('Page, priority 1');
  expect(await stateOf(waiting)).toBe('started');
});

test('a less urgent page takes no more urgent one along, though that one waits for its next attempt', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const refused = await page();
  await attempt(
    refused,
    recording(() => true),
  );
  const [less, least] = [await page(2), await page(3)];
  expect(await attempt(less, channel)).toBe(true);
  clock += MINUTE;
  await attempt(less, channel);
  expect(channel.sent.at(-1)?.content.heading).toBe('Page, priority 2');
  await attempt(refused, channel);
  expect(channel.sent.at(-1)?.content.heading).toBe('Page, priority 1');
  await attempt(least, channel);
  expect(await stateOf(least)).toBe('done');
});

test('with the limit used up a page waits, and goes out when the oldest no longer counts', async () => {
  const channel = recording();
  for (let sent = 0; sent < 5; sent += 1) await attempt(await page(), channel);
  expect(channel.sent).toHaveLength(5);
  const late = await page();
  expect(await attempt(late, channel)).toBe(true);
  expect(channel.sent).toHaveLength(5);
  clock += 2 * MINUTE;
  expect(await attempt(late, channel)).toBe(false);
  expect(channel.sent).toHaveLength(6);
});

test('those that were to go along go by themselves when the one that takes them is no longer wanted', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const [first, second] = [await page(), await page(2)];
  expect((await turn(first)).kind).toBe('send');
  expect(await attempt(second, channel)).toBe(true);
  await commit(engine, first.split('/')[0] ?? '', 'acknowledge', {}, { actor: lea, now: clock });
  expect(await stateOf(first)).toBe('cancelled');
  expect(await attempt(second, channel)).toBe(false);
  expect(channel.sent.at(-1)?.key).toBe(second);
  expect(await stateOf(second)).toBe('done');
});

test('a bundle that is refused is tried again with all that it takes along', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const keys = [await page(), await page(), await page()];
  let busy = true;
  const slow = recording(() => busy);
  for (const key of keys) await attempt(key, slow);
  expect(slow.sent).toEqual([]);
  busy = false;
  for (const key of keys) await attempt(key, slow);
  for (const key of keys) await attempt(key, slow);
  expect(slow.sent.map(({ subject }) => subject)).toEqual([expect.stringContaining('and 2 more')]);
  expect(await Promise.all(keys.map(stateOf))).toEqual(['done', 'done', 'done']);
});

test('a worker that dies between the decision and the send loses none: the next one sends the same bundle under the same key', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const keys = [await page(), await page(), await page()];
  expect((await turn(keys[0] ?? '')).kind).toBe('send');
  await attempt(await page(), channel);
  for (const key of keys.toReversed()) await attempt(key, channel);
  const [last] = channel.sent.slice(4);
  expect([last?.key, last?.content.heading]).toEqual([keys[0], 'Page and 2 more, priority 1']);
  for (const key of keys) await attempt(key, channel);
  expect(await Promise.all(keys.map(stateOf))).toEqual(['done', 'done', 'done']);
});

test('after an outage of the receiver what waited comes in as few messages as the limit allows', async () => {
  const keys: string[] = [];
  const away = recording(() => true);
  for (let minute = 0; minute < 4; minute += 1) {
    const fresh = await Promise.all(Array.from({ length: 8 }, () => page()));
    keys.push(...fresh);
    for (const key of keys) await attempt(key, away);
    clock += 2 * MINUTE;
  }
  const back = recording();
  for (let round = 0; round < 3; round += 1) for (const key of keys) await attempt(key, back);
  expect(back.sent).toHaveLength(limit.messages);
  expect(await Promise.all(keys.map(stateOf))).toEqual(keys.map(() => 'done'));
});

test('another address of the same person gets messages of its own', async () => {
  const other = { id: 'cm_2', kind: 'webhook', address: 'https://ann.example.org/2' } as const;
  await addMethod(database.pool, { ...other, person: 'ann', label: '' }, 'test', clock);
  await database.pool.query('update contact_methods set verified_at = created_at');
  const channel = recording();
  for (let count = 0; count < 7; count += 1) {
    const number = (await page()).split('/')[0] ?? '';
    for (const index of [0, 1]) await attempt(`${number}/2/${index}`, channel);
  }
  const addresses = channel.sent.map(({ person }) => person.address);
  const to = (address: string) => addresses.filter((one) => one === address).length;
  expect([to('https://ann.example.org/hook'), to('https://ann.example.org/2')]).toEqual([5, 5]);
  await database.pool.query('delete from contact_methods');
});

test('a message that was given up before its bundle went out, and is sent again later, goes out', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const [first, second] = [await page(), await page()];
  await turn(first);
  await database.pool.query(
    "update effects set state = 'dead', finished_at = now() where key = $1",
    [second],
  );
  await attempt(first, channel);
  expect(channel.sent.at(-1)?.content.heading).toBe('Page, priority 1');
  expect((await sendAgain(engine, second, lea)).ok).toBe(true);
  clock += MINUTE;
  await attempt(second, channel);
  expect(channel.sent.at(-1)?.key).toBe(second);
});

test('a bundle that did not arrive after all did not for those that it took along either', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const [first, second] = [await page(), await page()];
  await attempt(first, channel);
  expect(await stateOf(second)).toBe('done');
  await deliveryFailed(engine, { effectKey: first, reason: 'voicemail', certain: true });
  for (const key of [first, second]) {
    const events = await readEvents(database.pool, key.split('/')[0] ?? '');
    expect(events.map(({ type }) => type)).toContain('pageFailed');
  }
});

test('those that were to go along with a message that does not get through are tried by their next way at once', async () => {
  const channel = recording();
  for (let sent = 0; sent < 4; sent += 1) await attempt(await page(), channel);
  const [first, second] = [await page(), await page()];
  await database.pool.query(
    `insert into effects (key, number, organisation, kind, payload, policy, created_at, not_before, give_up_at)
     select number || '/2/9', number, organisation, kind, payload || '{"channel": "sms"}', policy, created_at, created_at + interval '5 minutes', give_up_at
     from effects where key = $1`,
    [second],
  );
  await database.pool.query('update effects set attempts = 2 where key = $1', [first]);
  await attempt(
    first,
    recording(() => true),
  );
  const { rows } = await database.pool.query(
    'select not_before from effects where number = $1 and key like $2',
    [second.split('/')[0], '%/2/9'],
  );
  expect(rows).toEqual([{ not_before: null }]);
});

test('messages to one receiver that two workers decide about at once keep to its limit, and each one goes out once', async () => {
  const pool = createPool(database.url, 8);
  const workers = [engine, testEngine(pool, () => clock)];
  for (let round = 0; round < 8; round += 1) {
    const channel = recording();
    const send = (key: string, index: number) => attempt(key, channel, workers[index % 2]);
    const storm = Array.from({ length: 12 }, async (_, index) => {
      const key = await page();
      await send(key, index);
      return key;
    });
    const keys = await Promise.all(storm);
    for (let minute = 0; minute < 3; minute += 1) {
      const before = channel.sent.length;
      await Promise.all(keys.map(send));
      expect(channel.sent.length - (minute === 0 ? 0 : before)).toBeLessThanOrEqual(limit.messages);
      clock += 2 * MINUTE;
    }
    const told = channel.sent.flatMap(({ event }) => [
      event.subject,
      ...(event.data['along'] as string[]),
    ]);
    expect(told.sort()).toEqual(keys.map((key) => key.split('/')[0]).sort());
    expect(await Promise.all(keys.map(stateOf))).toEqual(keys.map(() => 'done'));
  }
  await pool.end();
});

test('nothing is decided about a bundle of which one went by itself meanwhile', async () => {
  const [first, second, third] = [await page(), await page(), await page()];
  const decided = (key: string) =>
    database.pool
      .query<{ together_with: string | null }>('select together_with from effects where key = $1', [
        key,
      ])
      .then(({ rows }) => rows[0]?.together_with);
  await takeAlong(database.pool, second, [], clock);
  expect(await takeAlong(database.pool, first, [second, third], clock)).toBe(false);
  expect(await Promise.all([first, second, third].map(decided))).toEqual([null, second, null]);
  expect(await takeAlong(database.pool, first, [third], clock)).toBe(true);
  expect(await Promise.all([first, second, third].map(decided))).toEqual([first, second, first]);
});
