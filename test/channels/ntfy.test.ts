import { createNtfyChannel } from '../../channels/ntfy.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { failure } from '../helpers/failure.ts';
import { messageTo } from '../helpers/message.ts';
import { startNtfyServer } from '../helpers/ntfyServer.ts';

const token = 'tk_canary-ntfy';
const never = new AbortController().signal;
const closing = closeAfterEach();

async function ntfy(given = token) {
  const server = closing(await startNtfyServer(token));
  const channel = createNtfyChannel({ url: server.url, token: given, allowed: ['127.0.0.0/8'] });
  return { server, channel };
}

test('a page rings, opens the record, and one press acknowledges it', async () => {
  const { server, channel } = await ntfy();
  expect(await channel.send(messageTo('on-call'), never)).toMatchObject({ providerId: 'ntfy1' });
  expect([...server.shown.values()]).toEqual([
    expect.objectContaining({
      topic: 'on-call',
      title: '[INC-7] Page, priority 1: Web shop is down',
      priority: 5,
      click: 'https://desk.example.org/api/v1/incidents/INC-7',
      actions: [
        {
          action: 'http',
          label: 'Acknowledge',
          url: 'https://desk.example.org/a/token',
          method: 'POST',
          clear: true,
        },
        { action: 'view', label: 'More answers', url: 'https://desk.example.org/a/more' },
        { action: 'view', label: 'Open', url: 'https://desk.example.org/api/v1/incidents/INC-7' },
      ],
    }),
  ]);
});

test('what can wait does not ring through the night', async () => {
  const { server, channel } = await ntfy();
  await channel.send(messageTo('on-call', { content: { urgency: 'deferrable' } }), never);
  expect([...server.shown.values()].map(({ priority }) => priority)).toEqual([3]);
});

test('a repeat takes the place of the notification before it', async () => {
  const { server, channel } = await ntfy();
  await channel.send(messageTo('on-call'), never);
  await channel.send(messageTo('on-call'), never);
  await channel.send(messageTo('on-call', { key: 'INC-7/4/0' }), never);
  expect([...server.shown.keys()]).toEqual(['INC-7-3-0', 'INC-7-4-0']);
});

test('line breaks from strangers begin no header', async () => {
  const { server, channel } = await ntfy();
  const subject = 'x\r\nPriority: 1\r\nActions: http';
  await channel.send(messageTo('on-call', { subject }), never);
  expect(server.requests[0]!.headers).not.toHaveProperty('priority');
  expect([...server.shown.values()][0]!.title).toBe(subject);
});

test('a long text stays a message and becomes no file', async () => {
  const { server, channel } = await ntfy();
  await channel.send(messageTo('on-call', { content: { quote: ['語'.repeat(5_000)] } }), never);
  expect(server.shown.size).toBe(1);
});

test.each(['', 'on call', '../v1', 'a'.repeat(65), 'x?auth=1'])(
  'the topic %j is refused before anything is sent',
  async (topic) => {
    const { server, channel } = await ntfy();
    expect(await failure(channel.send(messageTo(topic), never))).toMatchObject({
      retryable: false,
    });
    expect(server.requests).toEqual([]);
  },
);

test('a refused token falls back at once, is tried again until the operator mends it, and is not told', async () => {
  const { server, channel } = await ntfy('tk_wrong');
  const error = await failure(channel.send(messageTo('on-call'), never));
  expect(error).toMatchObject({
    retryable: true,
    noDelivery: true,
    message: `127.0.0.1:${server.port} answered 403: see to NTFY_TOKEN`,
  });
});
