import { notify } from '../../activities/notification.ts';
import type { Channel } from '../../channels/channel.ts';
import { deliveriesOf } from '../../db/deliveries.ts';
import { claimEffect } from '../../db/effects.ts';
import { readEvents } from '../../db/events.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import { commit, open } from '../../records/commit.ts';
import { deliveryArrived, deliveryFailed } from '../../records/deliveryReports.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: {
      ...policy.people,
      ann: { name: 'Ann', email: 'ann@example.org', webhook: 'https://ann.example.org/hook' },
    },
  }));
});
afterAll(() => database.drop());

/** A page to Ann by mail and by webhook, both taken; the keys of both. */
async function paged(): Promise<{ number: string; keys: string[] }> {
  const now = Date.now();
  const input = { title: 'Web shop is down', service: 'shop', impact: 1, urgency: 1 };
  const opened = await open(engine, processOf(engine, 'incident'), input, { actor: lea, now });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = { escalation: 'e', rule: 'escalations.standard.steps.0', people: ['ann'] };
  await commit(engine, number, 'page', step, { actor: systemActor('test', 'acme'), now });
  const channel: Channel = { send: () => Promise.resolve({ detail: 'taken' }) };
  const channels = Object.fromEntries(channelKinds.map((kind) => [kind, channel])) as Record<
    ChannelKind,
    Channel
  >;
  const keys = [`${number}/2/0`, `${number}/2/1`];
  for (const key of keys) {
    const effect = await claimEffect(database.pool, key, 10, testDriver);
    if (effect?.kind !== 'notification') throw new Error(`${key} could not be claimed`);
    const config = { publicUrl: 'https://desk.example.org' };
    const secret = 'a secret of at least thirty-two characters';
    await notify({ engine, config, secret, channels, driver: testDriver }, effect, now);
  }
  return { number, keys };
}

async function typesOf(number: string): Promise<string[]> {
  return (await readEvents(database.pool, number)).map(({ type }) => type);
}

const bounced = (effectKey = '') => ({ effectKey, reason: 'mailbox unknown', certain: true });

test('a page that came back is told to nobody while another way took it', async () => {
  const { number, keys } = await paged();
  await deliveryFailed(engine, bounced(keys[0]));
  expect(await typesOf(number)).toEqual(['opened', 'paged']);
});

test('when every way of a page came back the record learns of it, once', async () => {
  const { number, keys } = await paged();
  for (const key of [...keys, ...keys]) await deliveryFailed(engine, bounced(key));
  expect(await typesOf(number)).toEqual(['opened', 'paged', 'pageFailed']);
});

test('what a provider reports stands in the ledger beside what it said when it took the message', async () => {
  const { number, keys } = await paged();
  await deliveryArrived(engine, keys[0] ?? '', 'delivered to the handset');
  const deliveries = await deliveriesOf(database.pool, number);
  expect(deliveries.find(({ effectKey }) => effectKey === keys[0])).toMatchObject({
    outcome: 'delivered',
    detail: 'taken',
    report: 'delivered to the handset',
  });
});
