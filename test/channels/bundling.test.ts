import { ApplicationFailure } from '@temporalio/common';
import { notify } from '../../activities/notification.ts';
import type { Channel, OutboundMessage } from '../../channels/channel.ts';
import { DeliveryError } from '../../channels/channel.ts';
import { claimEffect, effectsOf } from '../../db/effects.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import { MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

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
    notificationLimit: { messages: 5, per: '1m' },
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
async function page(urgency = 1): Promise<string> {
  const input = { title: 'Web shop is down', service: 'shop', impact: 1, urgency };
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
async function attempt(key: string, channel: Channel): Promise<boolean> {
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  if (effect?.kind !== 'notification') return false;
  const channels = Object.fromEntries(channelKinds.map((kind) => [kind, channel])) as Record<
    ChannelKind,
    Channel
  >;
  const config = { publicUrl: 'https://desk.example.org' };
  const secret = 'a secret of at least thirty-two characters';
  try {
    await notify({ engine, config, secret, channels, driver: testDriver }, effect, clock);
    return false;
  } catch (error) {
    if (error instanceof ApplicationFailure) return true;
    throw error;
  }
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
  expect(await attempt(second, channel)).toBe(true);
  await commit(engine, first.split('/')[0] ?? '', 'acknowledge', {}, { actor: lea, now: clock });
  expect(await stateOf(first)).toBe('cancelled');
  clock += 2 * MINUTE;
  expect(await attempt(second, channel)).toBe(false);
  expect(channel.sent.at(-1)?.subject).not.toContain('more');
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
