import { notify } from '../../activities/notification.ts';
import { updatePages } from '../../activities/update.ts';
import { createChannels } from '../../channels/index.ts';
import type { Channels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { claimEffect, effectsOf } from '../../db/effects.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { changeableKinds, channelKinds } from '../../domain/channelKinds.ts';
import { fromIso, HOUR, MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import type { SlackMessage, SlackServer } from '../helpers/slackServer.ts';

const secret = 'a secret of at least thirty-two characters';
const publicUrl = 'https://desk.example.org';
const ann: Actor = { kind: 'person', id: 'ann', roles: ['resolver'], organisation: 'main' };

let database: TestDatabase;
let engine: Engine;
let slack: SlackServer;
let channels: Channels;
let clock: Instant;

beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => clock);
  slack = await startSlackServer('xoxb-canary', ['C0OPS']);
  const config = readConfig({
    SLACK_BOT_TOKEN: 'xoxb-canary',
    SLACK_SIGNING_SECRET: 'canary',
    SLACK_API_URL: `${slack.url}/api`,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
  });
  channels = createChannels(config, secret);
  await usePolicy(database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, ann: { name: 'Ann <!here>', webhook: 'https://ann.example.org' } },
    channels: { ops: { kind: 'slack', address: 'C0OPS' } },
  }));
});
afterAll(async () => {
  await Promise.all([slack.close(), database.drop()]);
});
beforeEach(() => {
  clock = fromIso('2026-11-23T09:00:00Z');
});

const deps = () => ({ engine, config: { publicUrl }, secret, channels, driver: testDriver });

async function give(number: string, command: string, input: object, actor: Actor): Promise<void> {
  const result = await commit(engine, number, command, { ...input }, { actor, now: clock });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

/** An incident that was just paged to the place. @returns its number and the page's key */
async function paged(people: readonly string[] = []): Promise<{ number: string; key: string }> {
  const input = { title: 'Web shop is down', service: 'shop', impact: 1, urgency: 1 };
  const incident = processOf(engine, 'incident');
  const opened = await open(engine, incident, input, { actor: ann, now: clock });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  const step = { escalation: 'e', rule: 'r', people, channels: people.length === 0 ? ['ops'] : [] };
  await give(number, 'page', step, systemActor('test', 'main'));
  return { number, key: `${number}/2/0` };
}

/** One attempt at an effect, as the activity makes it. */
async function attempt(key: string): Promise<void> {
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  if (effect?.kind === 'notification') await notify(deps(), effect, clock);
  else if (effect?.kind === 'update') await updatePages(deps(), effect, clock);
  else throw new Error(`${key} could not be claimed`);
}

/** The update that the last event asked for. */
async function updateOf(number: string) {
  return (await effectsOf(database.pool, number)).findLast(({ kind }) => kind === 'update');
}

async function runUpdate(number: string): Promise<void> {
  await attempt((await updateOf(number))!.key);
}

/** What stands in the conversation for a page. */
function shown(key: string): SlackMessage {
  const all = [...slack.messages.values()];
  return all.find((message) => message.metadata?.event_payload['key'] === key)!;
}

const words = (key: string): string => JSON.stringify(shown(key).blocks);
const buttons = (key: string): string[] =>
  shown(key).blocks.flatMap((block) =>
    block.type === 'actions' ? block.elements.map(({ action_id }) => action_id) : [],
  );

test('the kinds that can be changed are those whose channels can', () => {
  const able = channelKinds.filter((kind) => 'update' in channels[kind]);
  expect(able).toEqual([...changeableKinds]);
});

test('a page to a place that many read has buttons, and loses them when it is acknowledged: it says by whom and when', async () => {
  const { number, key } = await paged();
  await attempt(key);
  expect(buttons(key)).toEqual(['acknowledge', 'escalate', 'open']);
  clock += MINUTE;
  await give(number, 'acknowledge', {}, ann);
  await runUpdate(number);
  expect(buttons(key)).toEqual(['open']);
  expect(words(key)).toContain('Acknowledged by Ann &lt;!here&gt;, 2026-11-23T09:01:00Z.');
  expect(await updateOf(number)).toMatchObject({ state: 'done' });
});

test.each([
  ['resolve', { code: 'fixed', notes: 'x' }, 'Resolved by Ann'],
  ['cancel', { reason: 'x' }, 'Cancelled by Ann'],
  ['prioritise', { impact: 3, urgency: 3, reason: 'x' }, 'Over by Ann'],
])('a page whose round ends with %s says so', async (command, input, says) => {
  const { number, key } = await paged();
  await attempt(key);
  await give(number, command, input, ann);
  await runUpdate(number);
  expect(words(key)).toContain(says);
  expect(buttons(key)).toEqual(['open']);
});

test('where nothing was sent that can be changed nothing is to be done', async () => {
  const { number } = await paged(['ann']);
  await give(number, 'acknowledge', {}, ann);
  expect(await updateOf(number)).toBeUndefined();
});

test('a page that is still being sent when its round ends loses its buttons too', async () => {
  const { number, key } = await paged();
  // The worker that sends it has it, and has not heard of the end.
  const effect = await claimEffect(database.pool, key, 10, testDriver);
  await give(number, 'acknowledge', {}, ann);
  await expect(runUpdate(number)).rejects.toMatchObject({ type: 'StillSending' });
  if (effect?.kind !== 'notification') throw new Error('no page');
  await database.pool.query("update effects set state = 'started' where key = $1", [key]);
  await notify(deps(), effect, clock);
  expect(buttons(key)).toContain('acknowledge');
  await runUpdate(number);
  expect(buttons(key)).toEqual(['open']);
});

test('what Slack refuses for now is tried again after the time that it asks for, and a page that was changed is not changed again', async () => {
  const { number, key } = await paged();
  await attempt(key);
  await give(number, 'acknowledge', {}, ann);
  slack.faults.push({ status: 429, headers: { 'retry-after': '7' } });
  await expect(runUpdate(number)).rejects.toMatchObject({
    type: 'UpdateFailed',
    nextRetryDelay: 7_000,
  });
  const before = slack.requests.length;
  await runUpdate(number);
  expect(slack.requests).toHaveLength(before + 1);
  expect(buttons(key)).toEqual(['open']);
});

test('a page that is gone from Slack is left alone', async () => {
  const { number, key } = await paged();
  await attempt(key);
  slack.messages.clear();
  await give(number, 'acknowledge', {}, ann);
  await runUpdate(number);
  expect(await updateOf(number)).toMatchObject({ state: 'done' });
});

test('one that Slack does not change for six hours is given up quietly: no dead letter, and nobody is told', async () => {
  const { number, key } = await paged();
  await attempt(key);
  await give(number, 'acknowledge', {}, ann);
  clock += 7 * HOUR;
  slack.faults.push({ status: 503 });
  const before = (await effectsOf(database.pool, number)).length;
  await runUpdate(number);
  expect(await updateOf(number)).toMatchObject({
    state: 'cancelled',
    error: expect.stringContaining('503') as string,
  });
  expect(await effectsOf(database.pool, number)).toHaveLength(before);
});

test('a new round leaves the pages of the one before as they are', async () => {
  const { number, key } = await paged();
  await attempt(key);
  await give(number, 'acknowledge', {}, ann);
  await runUpdate(number);
  await give(number, 'escalate', { reason: 'x' }, ann);
  const step = { escalation: 'e', rule: 'r', people: [], channels: ['ops'] };
  await give(number, 'page', step, systemActor('test', 'main'));
  const again = (await effectsOf(database.pool, number)).findLast(
    ({ message }) => message === 'page',
  )!;
  await attempt(again.key);
  await give(number, 'resolve', { code: 'fixed', notes: 'x' }, ann);
  await runUpdate(number);
  expect([words(key), words(again.key)]).toEqual([
    expect.stringContaining('Acknowledged by'),
    expect.stringContaining('Resolved by'),
  ]);
});
