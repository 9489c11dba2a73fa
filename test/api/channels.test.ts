import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { fromIso, HOUR, MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { provisor } from '../cli/support.ts';
import { usePolicy } from '../helpers/database.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import type { SlackServer } from '../helpers/slackServer.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
let slack: SlackServer;
let clock: Instant;
let lea: string;
let ann: string;

beforeAll(async () => {
  clock = fromIso('2026-11-23T09:00:00Z');
  slack = await startSlackServer('xoxb-canary', ['C0OPS']);
  const config = readConfig({
    SLACK_BOT_TOKEN: 'xoxb-canary',
    SLACK_API_URL: `${slack.url}/api`,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
  });
  api = await startApi(() => clock, { channels: createChannels(config, SECRET) });
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    channels: {
      ops: { kind: 'slack', address: 'C0OPS' },
      gone: { kind: 'slack', address: 'C0GONE' },
      phone: { kind: 'sms', address: '+491700000001' },
    },
  }));
  lea = await api.key('lea', ['manager']);
  ann = await api.key('ann', ['resolver']);
});
afterAll(async () => {
  await Promise.all([api.stop(), slack.close()]);
});
/** The limits of one test do not hold up the next. */
beforeEach(() => {
  clock += 2 * HOUR;
});

const testPage = (name: string, key = lea, headers: Record<string, string> = {}) =>
  api.call('POST', `/api/v1/channels/${name}/test`, { key, headers, body: {} });

test('the desk sees which channels there are and which cannot be used, and no addresses', async () => {
  const { body } = await api.call('GET', '/api/v1/channels', { key: ann });
  expect(body).toEqual({
    items: [
      { name: 'ops', kind: 'slack', unavailable: null },
      { name: 'gone', kind: 'slack', unavailable: null },
      { name: 'phone', kind: 'sms', unavailable: expect.stringContaining('set TWILIO') as string },
    ],
  });
  const zoe = await api.key('zoe', ['requester']);
  expect((await api.call('GET', '/api/v1/channels', { key: zoe })).status).toBe(403);
});

test('a test page is posted while one waits, says who asked for it, and has no buttons that answer', async () => {
  const { status, body } = await testPage('ops');
  expect([status, body]).toEqual([
    200,
    { channel: 'ops', accepted: true, detail: expect.stringContaining('Slack has it') as string },
  ]);
  const [message] = [...slack.messages.values()];
  expect(JSON.stringify(message!.blocks)).toContain('Lea asked for it.');
  expect(JSON.stringify(message!.blocks)).not.toContain('"acknowledge"');
});

test('a refusal of the receiver is told', async () => {
  const { body } = await testPage('gone');
  expect(body).toMatchObject({
    accepted: false,
    detail: expect.stringContaining('channel_not_found') as string,
  });
});

test('only managers and admins ask for one; a channel that is not there, or not set up, is named', async () => {
  expect((await testPage('ops', ann)).status).toBe(403);
  expect((await testPage('nowhere')).status).toBe(404);
  const notSetUp = await testPage('phone');
  expect([notSetUp.status, JSON.stringify(notSetUp.body)]).toEqual([
    422,
    expect.stringContaining('set TWILIO_ACCOUNT_SID'),
  ]);
});

test('one a minute goes to a channel; the same request again sends nothing and is answered the same', async () => {
  const before = slack.messages.size;
  const key = { 'idempotency-key': 'once' };
  const first = await testPage('ops', lea, key);
  expect((await testPage('ops', lea, key)).body).toEqual(first.body);
  expect(slack.messages.size).toBe(before + 1);
  const soon = await testPage('ops');
  expect([soon.status, soon.headers.get('retry-after')]).toEqual([429, '60']);
  clock += MINUTE;
  expect((await testPage('ops')).status).toBe(200);
});

test('the command line lists channels, and tests one', async () => {
  const env = { PROVISOR_URL: api.url, PROVISOR_KEY: lea };
  const listed = await provisor(['channel', 'list'], env);
  expect(listed.out).toMatch(/ops +slack +ready/);
  const tested = await provisor(['channel', 'test', 'ops'], env);
  expect([tested.code, tested.out]).toEqual([
    0,
    expect.stringContaining('A test page went to ops'),
  ]);
  const failed = await provisor(['channel', 'test', 'gone'], env);
  expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('channel_not_found')]);
});
