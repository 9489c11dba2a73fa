import { notify } from '../../activities/notification.ts';
import type { NotificationDeps } from '../../activities/notification.ts';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { deliveriesOf } from '../../db/deliveries.ts';
import { claimEffect, effectsOf } from '../../db/effects.ts';
import { writeRules } from '../../db/notificationRules.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { BuiltInKind } from '../../domain/channelKinds.ts';
import { HOUR } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { sendAgain } from '../../records/deadLetters.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { allHaveLooked, goesAtOnce } from '../helpers/atOnce.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { startReceivers } from '../helpers/receivers.ts';
import type { Receivers } from '../helpers/receivers.ts';

const secret = 'a secret of at least thirty-two characters';
const publicUrl = 'https://desk.example.org';
const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };
const inVain = expect.objectContaining({ type: 'DeliveryFailed' }) as unknown;

let receivers: Receivers;
let database: TestDatabase;
let engine: Engine;
let deps: NotificationDeps;
let clock: Instant;

/** Is told by that kind, and an hour later by another. */
const personOf = (kind: BuiltInKind): string => `by-${kind}`;

beforeAll(async () => {
  clock = Date.now();
  receivers = await startReceivers();
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => clock);
  const { email, webhook } = receivers;
  const person = { email: email.address, webhook: webhook.address };
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: {
      ...policy.people,
      ...Object.fromEntries(
        channelKinds.map((kind) => [personOf(kind), { name: kind, ...person }]),
      ),
    },
  }));
  for (const kind of channelKinds) await reachBy(kind);
  const config = readConfig({ PUBLIC_URL: publicUrl, ...receivers.environment });
  const channels = createChannels(config, secret);
  deps = { engine, config, secret, channels, driver: testDriver };
});

afterAll(async () => {
  await database.drop();
  await receivers.close();
});

async function reachBy(kind: BuiltInKind): Promise<void> {
  const person = personOf(kind);
  const method = await verifiedMethod(database.pool, person, kind, receivers[kind].address);
  const next = kind === 'email' ? 'policy-webhook' : 'policy-email';
  const interrupting = [{ method }, { method: next, after: '1h' }];
  await writeRules(database.pool, person, { interrupting }, 0, 'test', clock);
}

/** A page that is to go out by a kind of channel; the key of the next way. */
async function page(kind: BuiltInKind): Promise<{ number: string; key: string; next: string }> {
  const input = { title: 'Web shop is down', service: 'shop', impact: 1, urgency: 1 };
  const asked = { actor: lea, now: clock };
  const opened = await open(engine, processOf(engine, 'incident'), input, asked);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = {
    ...{ escalation: 'standard', round: 1, step: 0 },
    ...{ rule: 'escalations.standard', people: [personOf(kind)] },
  };
  const actor = systemActor('test', 'acme');
  const paged = await commit(engine, number, 'page', step, { actor, now: clock });
  if (!paged.ok) throw new Error(JSON.stringify(paged.error));
  return { number, key: `${number}/2/0`, next: `${number}/2/1` };
}

/** One attempt, as the activity makes it. */
async function attempt(key: string): Promise<void> {
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  if (effect?.kind !== 'notification') throw new Error(`${key} could not be claimed`);
  await notify(deps, effect, clock);
}

async function stateOf(number: string, key: string): Promise<string | undefined> {
  const all = await effectsOf(database.pool, number);
  return all.find((effect) => effect.key === key)?.state;
}

async function outcomesOf(number: string): Promise<(string | null)[]> {
  return (await deliveriesOf(database.pool, number)).map(({ outcome }) => outcome);
}

describe.each(channelKinds)('%s', (kind) => {
  const taken = (key: string): number =>
    receivers[kind].keys().filter((each) => each === key).length;
  const accepted = kind === 'sms' || kind === 'voice' ? 'pending' : 'accepted';

  test('what its receiver refuses for now is not marked, and is taken under the same key later', async () => {
    const { number, key } = await page(kind);
    receivers[kind].refuseNext('forNow');
    await expect(attempt(key)).rejects.toEqual(inVain);
    expect([await stateOf(number, key), taken(key)]).toEqual(['started', 0]);
    expect(await outcomesOf(number)).toEqual(['failed']);
    await attempt(key);
    expect([await stateOf(number, key), taken(key)]).toEqual(['done', 1]);
    expect(await outcomesOf(number)).toEqual(['failed', accepted]);
  });

  test('each wait is about twice as long as the one before', async () => {
    const { key } = await page(kind);
    const firstWaits: number[] = [];
    for (let doublings = 0; doublings < 4; doublings += 1) {
      receivers[kind].refuseNext('forNow');
      const error: unknown = await attempt(key).catch((reason: unknown) => reason);
      firstWaits.push((error as { nextRetryDelay: number }).nextRetryDelay / 2 ** doublings);
    }
    expect(Math.min(...firstWaits)).toBeGreaterThanOrEqual(750);
    expect(Math.max(...firstWaits)).toBeLessThanOrEqual(1_250);
    // By chance: the same four times would be one in a hundred million.
    expect(new Set(firstWaits).size).toBeGreaterThan(1);
  });

  test('after the third attempt in vain the next way is used at once, and this one is tried on', async () => {
    const { number, key, next } = await page(kind);
    await allHaveLooked(database.pool);
    const isNext: boolean[] = [];
    for (let count = 0; count < 3; count += 1) {
      receivers[kind].refuseNext('forNow');
      await expect(attempt(key)).rejects.toEqual(inVain);
      isNext.push(await goesAtOnce(database.pool, next));
    }
    expect(isNext).toEqual([false, false, true]);
    expect(await stateOf(number, key)).toBe('started');
  });

  test('what is refused for good is a dead letter, and the next way is used at once', async () => {
    const { number, key, next } = await page(kind);
    await allHaveLooked(database.pool);
    receivers[kind].refuseNext('forGood');
    await attempt(key);
    expect([await stateOf(number, key), taken(key)]).toEqual(['dead', 0]);
    expect(await goesAtOnce(database.pool, next)).toBe(true);
  });

  test('what is refused for six hours is a dead letter; sent again it is taken under its key', async () => {
    const { number, key } = await page(kind);
    receivers[kind].refuseNext('forNow');
    await expect(attempt(key)).rejects.toEqual(inVain);
    clock += 6 * HOUR;
    receivers[kind].refuseNext('forNow');
    await attempt(key);
    expect([await stateOf(number, key), taken(key)]).toEqual(['dead', 0]);
    expect(await sendAgain(engine, key, lea)).toMatchObject({ ok: true });
    // It is tried for six hours again, not once.
    receivers[kind].refuseNext('forNow');
    await expect(attempt(key)).rejects.toEqual(inVain);
    await attempt(key);
    expect([await stateOf(number, key), taken(key)]).toEqual(['done', 1]);
    expect(await outcomesOf(number)).toEqual(['failed', 'failed', 'failed', accepted]);
  });
});
