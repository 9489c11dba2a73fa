import { notify } from '../../activities/notification.ts';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { methodsOf } from '../../db/contactMethods.ts';
import { claimEffect, effectsOf } from '../../db/effects.ts';
import { writeRules } from '../../db/notificationRules.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { toIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { receive } from '../../records/inbound.ts';
import { allHaveLooked, goesAtOnce } from '../helpers/atOnce.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { startTwilioServer } from '../helpers/twilioServer.ts';
import type { TwilioServer } from '../helpers/twilioServer.ts';

const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'main' };
const account = { sid: 'AC0123', authToken: 'canary', from: '+15550001111' };
const to = '+491700000001';
const secret = 'a secret of at least thirty-two characters';

let database: TestDatabase;
let twilio: TwilioServer;
beforeAll(async () => {
  database = await createTestDatabase();
  twilio = await startTwilioServer(account);
});
afterAll(async () => {
  await Promise.all([twilio.close(), database.drop()]);
});

test('a number that the provider refuses because of STOP is off at once, the next method is used at once, and START switches it on again', async () => {
  const { pool } = database;
  const engine = testEngine(pool);
  const now = Date.now();
  await usePolicy(pool, (policy) => ({
    ...policy,
    people: { ...policy.people, ann: { name: 'Ann', webhook: 'https://ann.example.org/hook' } },
  }));
  await pool.query(
    `insert into contact_methods (id, person, kind, address, label, created_at, created_by, verified_at) values ('cm_sms', 'ann', 'sms', $1, 'x', $2, 'ann', $2)`,
    [to, toIso(now)],
  );
  const interrupting = [
    { method: 'cm_sms', after: '0s' },
    { method: 'policy-webhook', after: '5m' },
  ];
  await writeRules(pool, 'ann', { interrupting }, 0, 'ann', now);
  const input = { title: 'Web shop is down', service: 'shop', impact: 1, urgency: 1 };
  const opened = await open(engine, processOf(engine, 'incident'), input, { actor: lea, now });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = { escalation: 'e', rule: 'r', people: ['ann'] };
  const paging = { actor: systemActor('test', 'main'), now };
  expect(await commit(engine, number, 'page', step, paging)).toMatchObject({ ok: true });

  const next = (await effectsOf(pool, number)).find(({ channel }) => channel === 'webhook')!.key;
  expect(await goesAtOnce(pool, next)).toBe(false);
  await allHaveLooked(pool);
  twilio.unsubscribed.add(to);
  const config = readConfig({
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_FROM: account.from,
    TWILIO_API_URL: twilio.url,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
  });
  const [sms] = (await effectsOf(pool, number)).filter(({ channel }) => channel === 'sms');
  const effect = await claimEffect(pool, sms!.key, 10, testDriver);
  if (effect?.kind !== 'notification') throw new Error('no page');
  const publicUrl = 'https://desk.example.org';
  const channels = createChannels(config, secret);
  await notify(
    { engine, config: { publicUrl }, secret, channels, driver: testDriver },
    effect,
    now,
  );

  const off = async () => (await methodsOf(pool, ['ann']))[0]?.disabledWhy;
  expect(await off()).toBe('its owner sent STOP');
  expect(await goesAtOnce(pool, next)).toBe(true);
  const start = { provider: 'twilio', providerId: 'SM1', kind: 'optIn' } as const;
  const nothing = { effectKey: null, person: null, answer: null, delivered: null, detail: null };
  expect(await receive(engine, { ...start, ...nothing, methods: ['cm_sms'] })).toBe('given');
  expect(await off()).toBeNull();
});
