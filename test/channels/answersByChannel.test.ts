import type { Content } from '../../channels/channel.ts';
import { createEmailChannel } from '../../channels/email.ts';
import { createMattermostChannel } from '../../channels/mattermost.ts';
import { createNtfyChannel } from '../../channels/ntfy.ts';
import { createSlackChannel } from '../../channels/slack.ts';
import { createSmsChannel } from '../../channels/sms.ts';
import { createTeamsChannel } from '../../channels/teams.ts';
import { createVoiceChannel } from '../../channels/voice.ts';
import { answerCommands, digitOf, replyCode } from '../../records/answers.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { docsTable } from '../helpers/docsTable.ts';
import { startMailbox } from '../helpers/mailbox.ts';
import { hookPath, startMattermostServer } from '../helpers/mattermostServer.ts';
import { messageTo } from '../helpers/message.ts';
import { startNtfyServer } from '../helpers/ntfyServer.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import { startTeamsServer, workflowPath } from '../helpers/teamsServer.ts';
import { startTwilioServer } from '../helpers/twilioServer.ts';

const secret = 'a secret of at least thirty-two characters';
const publicUrl = 'https://desk.example.org';
const allowed = ['127.0.0.0/8'];
const account = { sid: 'AC0123', authToken: 'canary-token', from: '+15550001111' };
const number = '+491701234567';
const acknowledgeUrl = 'https://desk.example.org/a/token';
const answerUrl = 'https://desk.example.org/a/more';
const never = new AbortController().signal;
const closing = closeAfterEach();

/** How a message is answered, as the table in docs/on-call.md says it. */
interface Ways {
  readonly acknowledge: string;
  readonly escalate: string;
  /** To the page with every answer. */
  readonly more: string;
}

/** @param found each way by which the message can be answered: `acknowledge button` */
function waysOf(found: readonly string[]): Ways {
  const of = (answer: string): string => {
    const ways = found.filter((way) => way.startsWith(`${answer} `));
    return ways.map((way) => way.slice(answer.length + 1)).join(', ') || '–';
  };
  return { acknowledge: of('acknowledge'), escalate: of('escalate'), more: of('more') };
}

function linksAmong(urls: readonly string[]): string[] {
  return [
    ...(urls.includes(acknowledgeUrl) ? ['acknowledge link'] : []),
    ...(urls.includes(answerUrl) ? ['more link'] : []),
  ];
}

/** As a message to many has them: no link that answers in one person's name. */
const toMany: Partial<Content> = {
  answers: [
    { command: 'acknowledge', label: 'Acknowledge', url: undefined },
    { command: 'escalate', label: 'Escalate', url: undefined },
  ],
  answerUrl: undefined,
};

async function slack(address: string, content: Partial<Content> = {}): Promise<string[]> {
  const server = closing(await startSlackServer('xoxb', [address]));
  const options = { token: 'xoxb', apiUrl: `${server.url}/api`, interactive: true, allowed };
  await createSlackChannel(options).send(messageTo(address, { content }), never);
  const { blocks } = [...server.messages.values()][0]!;
  const elements = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
  return elements.flatMap(({ action_id, url }) =>
    url === undefined ? [`${action_id} button`] : linksAmong([url]),
  );
}

async function mattermost(content: Partial<Content> = {}): Promise<string[]> {
  const server = closing(await startMattermostServer());
  const channel = createMattermostChannel({ secret, publicUrl, allowed });
  await channel.send(messageTo(`${server.url}${hookPath}`, { content }), never);
  const buttons = server.posts[0]!.actions.map(({ id }) => `${id} button`);
  return [...buttons, ...linksAmong(server.links.map(([, url]) => url))];
}

async function telephony() {
  const server = closing(await startTwilioServer(account));
  const { sid: accountSid, authToken, from } = account;
  const options = { apiUrl: server.url, accountSid, authToken, from, secret, publicUrl, allowed };
  return { server, options };
}

/** Sends a page by a channel, and looks in what arrived for the ways to answer it. */
const channels: Readonly<Record<string, () => Promise<string[]>>> = {
  mail: async () => {
    const mailbox = closing(await startMailbox());
    const smtp = { smtpUrl: mailbox.url, from: 'Provisor <p@example.org>', publicUrl, secret };
    const links = `Acknowledge: ${acknowledgeUrl}\n\nMore answers: ${answerUrl}\n`;
    const message = messageTo('ann@example.org', { text: links });
    await createEmailChannel({ ...smtp, timeLimitMs: 2_000 }).send(message, never);
    return linksAmong(mailbox.mails[0]!.content.match(/https:\S+/g) ?? []);
  },
  'Slack, to you alone': () => slack('U1'),
  'Slack, where many read': () => slack('C1', toMany),
  Teams: async () => {
    const server = closing(await startTeamsServer());
    await createTeamsChannel({ allowed }).send(messageTo(`${server.url}${workflowPath}`), never);
    return linksAmong(server.cards[0]!.actions.map(({ url }) => url));
  },
  'Mattermost, to you alone': () => mattermost(),
  'Mattermost, where many read': () => mattermost(toMany),
  ntfy: async () => {
    const server = closing(await startNtfyServer('tk'));
    const channel = createNtfyChannel({ url: server.url, token: 'tk', allowed });
    await channel.send(messageTo('on-call'), never);
    return [...server.shown.values()][0]!.actions.flatMap(({ action, url }) =>
      action === 'http' && url === acknowledgeUrl ? ['acknowledge button'] : linksAmong([url]),
    );
  },
  SMS: async () => {
    const { server, options } = await telephony();
    await createSmsChannel(options).send(messageTo(number), never);
    const body = [...server.messages.values()][0]!.get('Body')!;
    const code = replyCode(secret, 'INC-7/3/0');
    const replies = answerCommands.filter((command) =>
      body.includes(`${digitOf(command)} ${code} to ${command}`),
    );
    return [...replies.map((command) => `${command} reply`), ...linksAmong(body.split('\n'))];
  },
  'a call': async () => {
    const { server, options } = await telephony();
    await createVoiceChannel(options).send(messageTo(number), never);
    const said = [...server.calls.values()][0]!.get('Twiml')!;
    const keys = answerCommands.filter((command) =>
      said.includes(`To ${command}, press ${digitOf(command)}.`),
    );
    return keys.map((command) => `${command} key`);
  },
};

describe('docs/on-call.md says of each channel how it is answered there', () => {
  const rows = docsTable('on-call.md', 'it came by', 'acknowledge', 'page the next step');

  test('of every channel but webhooks, which leave that to their receivers, and of no other', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(channels).sort());
  });

  test.each(Object.entries(channels))('%s', async (name, find) => {
    const { acknowledge, escalate, more } = waysOf(await find());
    expect(rows.get(name)).toEqual([acknowledge, escalate, more]);
  });
});
