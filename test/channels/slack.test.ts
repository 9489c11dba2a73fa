import { createSlackChannel } from '../../channels/slack.ts';
import { escapeMrkdwn } from '../../channels/slackBlocks.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { failure } from '../helpers/failure.ts';
import { messageTo } from '../helpers/message.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import type { SlackMessage, SlackServer } from '../helpers/slackServer.ts';

const token = 'xoxb-canary-slack';
const never = new AbortController().signal;
const closing = closeAfterEach();

async function slack(options: { interactive?: boolean; token?: string } = {}) {
  const server = closing(await startSlackServer(token, ['C1', 'U1']));
  const channel = createSlackChannel({
    token,
    apiUrl: `${server.url}/api`,
    interactive: true,
    allowed: ['127.0.0.0/8'],
    timeLimitMs: 500,
    ...options,
  });
  return { server, channel };
}

function only(server: SlackServer): SlackMessage {
  return [...server.messages.values()][0]!;
}

function buttonsOf({ blocks }: SlackMessage) {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
}

test('a page is posted with buttons that carry its key, and is known by conversation and time stamp', async () => {
  const { server, channel } = await slack();
  const accepted = await channel.send(messageTo('C1'), never);
  const [name] = server.messages.keys();
  expect(accepted).toEqual({ detail: `Slack has it as ${name!}`, providerId: name });
  expect(only(server)).toMatchObject({
    channel: 'C1',
    text: '[INC-7] Page, priority 1: Web shop is down',
    metadata: { event_payload: { key: 'INC-7/3/0' } },
  });
  expect(
    buttonsOf(only(server)).map(({ action_id, value, url }) => [action_id, value ?? url]),
  ).toEqual([
    ['acknowledge', 'INC-7/3/0'],
    ['escalate', 'INC-7/3/0'],
    ['open', 'https://desk.example.org/api/v1/incidents/INC-7'],
  ]);
});

test('a conversation that others read gets no link that answers in one person’s name', async () => {
  const { server, channel } = await slack();
  await channel.send(messageTo('C1'), never);
  expect(server.requests[0]!.body).not.toContain('/a/');
});

test('a message to one person alone has the link to every other answer', async () => {
  const { server, channel } = await slack();
  await channel.send(messageTo('U1'), never);
  expect(
    buttonsOf(only(server)).map(({ action_id, value, url }) => [action_id, value ?? url]),
  ).toEqual([
    ['acknowledge', 'INC-7/3/0'],
    ['escalate', 'INC-7/3/0'],
    ['more', 'https://desk.example.org/a/more'],
    ['open', 'https://desk.example.org/api/v1/incidents/INC-7'],
  ]);
});

test('without call-backs its buttons are the links of the message', async () => {
  const { server, channel } = await slack({ interactive: false });
  await channel.send(messageTo('C1'), never);
  expect(buttonsOf(only(server)).map(({ action_id, url }) => [action_id, url])).toEqual([
    ['acknowledge', 'https://desk.example.org/a/token'],
    ['open', 'https://desk.example.org/api/v1/incidents/INC-7'],
  ]);
});

test('the messages of a record are one thread, and only those that interrupt are shown in the conversation too', async () => {
  const { server, channel } = await slack();
  const { providerId: thread } = await channel.send(messageTo('C1'), never);
  await channel.send(messageTo('C1', { thread, key: 'INC-7/4/0' }), never);
  await channel.send(messageTo('C1', { thread, content: { urgency: 'deferrable' } }), never);
  const [first, ...replies] = [...server.messages.values()];
  expect(first?.thread_ts).toBeUndefined();
  expect(replies.map(({ thread_ts, reply_broadcast }) => [thread_ts, reply_broadcast])).toEqual([
    [thread!.split(':')[1], true],
    [thread!.split(':')[1], false],
  ]);
});

test('a page whose thread was deleted is posted outside of it', async () => {
  const { server, channel } = await slack();
  await channel.send(messageTo('C1', { thread: 'C1:1.000001' }), never);
  expect(only(server).thread_ts).toBeUndefined();
});

test('an answered page says who answered, in its place and without buttons that answer', async () => {
  const { server, channel } = await slack();
  const { providerId } = await channel.send(messageTo('C1'), never);
  const says = 'Acknowledged by Ann.';
  await channel.update!(providerId!, messageTo('C1', { content: { says, answers: [] } }), never);
  expect(server.messages.size).toBe(1);
  expect(JSON.stringify(only(server).blocks)).toContain(says);
  expect(buttonsOf(only(server)).map(({ action_id }) => action_id)).toEqual(['open']);
});

test('a change of a message that is gone is refused', async () => {
  const { channel } = await slack();
  const error = await failure(channel.update!('C1:1.000001', messageTo('C1'), never));
  expect(error).toMatchObject({
    retryable: false,
    message: 'Slack refused chat.update: message_not_found',
  });
});

test.each([
  '<!channel> look',
  '<@U123> <!subteam^S1>',
  '<https://evil.example|https://bank.example>',
  '<#C024BE7LR>',
])('%j from a stranger is text in Slack: no mention, no link', async (title) => {
  const { server, channel } = await slack();
  const content = {
    ...{ title, heading: title, says: title, todo: title },
    ...{ quote: [title], rows: [['Service', title]] as const },
  };
  await channel.send(messageTo('C1', { subject: title, content }), never);
  const { text, blocks } = only(server);
  expect(text).toBe(escapeMrkdwn(title));
  const formatted = JSON.stringify(blocks).match(/\{"type":"mrkdwn"[^}]*\}/g)!;
  for (const each of formatted) {
    expect(each).not.toMatch(/[<]|(?<!^|\\n|&gt;|:")> /);
    expect(JSON.parse(each)).toMatchObject({ verbatim: true });
  }
  const asText = { parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false };
  expect(only(server)).toMatchObject(asText);
});

test('what is longer than Slack takes is cut, and no character is split', async () => {
  const { server, channel } = await slack();
  const long = '😀'.repeat(4_000);
  const rows = Array.from({ length: 12 }, () => ['Service', long] as const);
  await channel.send(messageTo('C1', { content: { title: long, quote: [long], rows } }), never);
  expect(only(server).blocks).not.toEqual([]);
  expect(server.requests[0]!.body).not.toMatch(/\\ud[89a-f]/i);
});

test.each([
  ['channel_not_found', false, true],
  ['is_archived', false, true],
  ['invalid_auth', true, true],
  ['token_revoked', true, true],
  ['internal_error', true, false],
  ['ratelimited', true, false],
])(
  'after "%s" a repeat makes sense: %s; fall back at once: %s',
  async (error, retryable, noDelivery) => {
    const { server, channel } = await slack();
    server.faults.push({ status: 200, body: { ok: false, error } });
    expect(await failure(channel.send(messageTo('C1'), never))).toMatchObject({
      retryable,
      noDelivery,
    });
  },
);

test('an answer that cannot be read is tried again: the message may be there', async () => {
  const { server, channel } = await slack();
  server.faults.push({ status: 200, body: '<html>' }, { status: 200, body: { ok: true } });
  for (let count = 0; count < 2; count += 1) {
    const error = await failure(channel.send(messageTo('C1'), never));
    expect(error).toMatchObject({ retryable: true, noDelivery: false });
  }
});

test('a wrong token is not repeated in the error', async () => {
  const { channel } = await slack({ token: 'xoxb-wrong' });
  const error = await failure(channel.send(messageTo('C1'), never));
  expect(error.message).toBe('Slack refused chat.postMessage: invalid_auth');
});

test('a page without rows is still one that Slack takes', async () => {
  const { server, channel } = await slack();
  await channel.send(messageTo('C1', { content: { rows: [] } }), never);
  expect(server.messages.size).toBe(1);
});
