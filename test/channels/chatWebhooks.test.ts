import { createMattermostChannel, endedPost } from '../../channels/mattermost.ts';
import { createTeamsChannel } from '../../channels/teams.ts';
import { parseMattermostAction } from '../../api/inbound/mattermostAction.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { failure } from '../helpers/failure.ts';
import { hookPath, startMattermostServer } from '../helpers/mattermostServer.ts';
import { messageTo } from '../helpers/message.ts';
import { startTeamsServer, workflowPath } from '../helpers/teamsServer.ts';

const secret = 'a secret of at least thirty-two characters';
const publicUrl = 'https://desk.example.org';
const allowed = ['127.0.0.0/8'];
const never = new AbortController().signal;
const closing = closeAfterEach();

const strangers = [
  '@channel @all @here @ann',
  '<!channel> <!here>',
  '[https://bank.example](https://evil.example)',
  '<https://evil.example|https://bank.example>',
  '![x](https://evil.example/track.png)',
  '<at>Ann</at> **bold** `code` | table |',
  'x](javascript:alert(1)) [y]: https://evil.example',
  '<@U123> <#C123> <!subteam^S1> ~town-square :smile: #hash',
  '${process.env.PROVISOR_SECRET} {{DATE(2026-01-01T00:00:00Z)}} @{triggerBody()}',
  'https://evil.example/a/token www.evil.example',
];

describe('Microsoft Teams', () => {
  const teams = async () => {
    const server = closing(await startTeamsServer());
    const channel = createTeamsChannel({ allowed });
    return { server, channel, address: `${server.url}${workflowPath}` };
  };

  test('a page is an adaptive card with the link that acknowledges, and its key', async () => {
    const { server, channel, address } = await teams();
    const { detail } = await channel.send(messageTo(address), never);
    expect(detail).toBe(`127.0.0.1:${server.port} answered 202`);
    const [card] = server.cards;
    expect(card!.actions.map(({ title, url }) => [title, url])).toEqual([
      ['Acknowledge', 'https://desk.example.org/a/token'],
      ['More answers', 'https://desk.example.org/a/more'],
      ['Open', 'https://desk.example.org/api/v1/incidents/INC-7'],
    ]);
    expect(card!.body.flatMap(({ inlines }) => inlines.map(({ text }) => text))).toEqual(
      expect.arrayContaining(['INC-7: Web shop is down', 'Page, priority 1', 'INC-7/3/0']),
    );
  });

  test.each(strangers)(
    '%j from a stranger stands in a card as it was written, in runs of text that know no Markdown',
    async (title) => {
      const { server, channel, address } = await teams();
      const content = { title, quote: [title], rows: [['Service', title]] as const };
      await channel.send(messageTo(address, { content }), never);
      const runs = server.cards[0]!.body.flatMap(({ inlines }) => inlines);
      expect(runs.filter(({ text }) => text.includes(title))).toHaveLength(3);
      expect(new Set(runs.map(({ type }) => type))).toEqual(new Set(['TextRun']));
    },
  );

  test('a long comment of many lines is cut below the size that Teams takes', async () => {
    const { server, channel, address } = await teams();
    const quote = Array.from({ length: 4_000 }, () => 'ä');
    await channel.send(messageTo(address, { content: { quote } }), never);
    expect(server.cards).toHaveLength(1);
  });

  test('the secret in the address is in no error', async () => {
    const { server, channel, address } = await teams();
    const errors = [
      await failure(channel.send(messageTo(address.replace('invoke', 'gone')), never)),
      await failure(createTeamsChannel({ allowed: [] }).send(messageTo(address), never)),
    ];
    await server.close();
    errors.push(await failure(channel.send(messageTo(address), never)));
    for (const error of errors) {
      expect(error.message).toContain('127.0.0.1');
      expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('canary');
    }
  });
});

describe('Mattermost', () => {
  const mattermost = async () => {
    const server = closing(await startMattermostServer());
    const channel = createMattermostChannel({ secret, publicUrl, allowed });
    return { server, channel, address: `${server.url}${hookPath}` };
  };

  test('a page is an attachment with the link, the key, and a button for each answer', async () => {
    const { server, channel, address } = await mattermost();
    await channel.send(messageTo(address), never);
    const [post] = server.posts;
    expect(post).toMatchObject({
      fallback: '[INC-7] Page, priority 1: Web shop is down',
      title: 'INC-7\\: Web shop is down',
      title_link: 'https://desk.example.org/api/v1/incidents/INC-7',
      footer: 'INC-7/3/0',
    });
    expect(server.links).toEqual([
      ['Acknowledge', 'https://desk.example.org/a/token'],
      ['More answers', 'https://desk.example.org/a/more'],
    ]);
    expect(post!.actions.map(({ id, name }) => [id, name])).toEqual([
      ['acknowledge', 'Acknowledge'],
      ['escalate', 'Escalate'],
    ]);
  });

  test('a code asks its reader who they are; a page does not', async () => {
    const { server, channel, address } = await mattermost();
    const key = 'contact/cm_1/7';
    await channel.send(messageTo(address, { key, asksWho: true, content: { answers: [] } }), never);
    const [action, ...rest] = server.posts[0]!.actions;
    expect([action!.name, rest]).toEqual(['This is me', []]);
    const { context } = action!.integration;
    const body = JSON.stringify({ user_id: 'u1', post_id: 'p1', context });
    expect(parseMattermostAction(secret, body)).toEqual({
      kind: 'identity',
      method: 'cm_1',
      sending: '7',
      user: 'u1',
    });
  });

  test('what takes the place of a page that is over asks for nothing, and strangers write no markup in it', () => {
    const ended = { effectKey: 'INC-7/3/0', number: 'INC-7', plural: 'incidents' };
    const words = { title: '@here [x](https://evil.example)', says: 'Acknowledged by Ann.' };
    const { props } = endedPost({ ...ended, ...words }, publicUrl) as {
      props: { attachments: Record<string, unknown>[] };
    };
    expect(props.attachments).toHaveLength(1);
    expect(props.attachments[0]).not.toHaveProperty('actions');
    expect(props.attachments[0]!['title']).not.toMatch(/@here|(?<!\\)\[/);
    expect(props.attachments[0]!['text']).toContain('Acknowledged by Ann');
  });

  test.each(strangers)('%j from a stranger mentions nobody and is no link', async (title) => {
    const { server, channel, address } = await mattermost();
    const asked = { answers: [], answerUrl: undefined };
    const content = { title, quote: [title], rows: [['Service', title]] as const, ...asked };
    await channel.send(messageTo(address, { subject: title, content }), never);
    expect(server.posts).toHaveLength(1);
    expect(server.mentions).toEqual([]);
    expect(server.links).toEqual([]);
  });

  test('a pressed button comes back with what its server alone knows', async () => {
    const { server, channel, address } = await mattermost();
    await channel.send(messageTo(address), never);
    const { url, context } = server.posts[0]!.actions[1]!.integration;
    expect(url).toBe('https://desk.example.org/callbacks/mattermost?key=INC-7%2F3%2F0');
    const press = (change: object) =>
      JSON.stringify({ user_id: 'u1', post_id: 'p1', context: { ...context, ...change } });
    expect(parseMattermostAction(secret, press({}))).toEqual({
      kind: 'answer',
      command: 'escalate',
      key: 'INC-7/3/0',
      user: 'u1',
      post: 'p1',
    });
    const forged = [
      press({ command: 'acknowledge' }),
      press({ key: 'INC-8/3/0' }),
      press({ key: '__proto__' }),
      press({ token: '' }),
      '{}',
      'nonsense',
    ];
    for (const body of forged) expect(parseMattermostAction(secret, body)).toBeUndefined();
    expect(parseMattermostAction(`${secret}2`, press({}))).toBeUndefined();
  });

  test('the secret in the address is in no error', async () => {
    const { server, channel, address } = await mattermost();
    server.faults.push({ status: 500, body: { message: address } });
    const error = await failure(channel.send(messageTo(address), never));
    expect(error.message).toBe(`127.0.0.1:${server.port} answered 500`);
  });
});
