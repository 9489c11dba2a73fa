import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import type { Resolve } from '../../channels/outbound.ts';
import { createExchange, parseRetryAfter } from '../../channels/exchange.ts';
import { createChannels } from '../../channels/index.ts';
import { createWebhookChannel } from '../../channels/webhook.ts';
import { readConfig } from '../../config.ts';
import { webhookSecret } from '../../records/signing.ts';
import { failure } from '../helpers/failure.ts';
import { messageTo } from '../helpers/message.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

const secret = 'a secret of at least thirty-two characters';
const loopback = ['127.0.0.0/8'];
const never = new AbortController().signal;
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function receiver(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...args);
  closing.push(() => started.close());
  return started;
}

function send(url: string, options: Partial<Parameters<typeof createWebhookChannel>[0]> = {}) {
  const channel = createWebhookChannel({ secret, allowed: loopback, timeLimitMs: 500, ...options });
  return channel.send(messageTo(url), never);
}

/** A server below HTTP: what it writes is up to the test. */
async function rawServer(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function drip(socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), 20);
  socket.on('close', () => {
    clearInterval(timer);
  });
}

test('a message arrives as a signed CloudEvent under its effect key', async () => {
  const { url, port, received } = await receiver();
  expect(await send(url)).toEqual({ detail: `127.0.0.1:${port} answered 200` });
  const { headers, body } = received[0]!;
  expect(headers).toMatchObject({
    'content-type': 'application/cloudevents+json',
    'webhook-id': 'INC-7/3/0',
  });
  const verified = new Webhook(webhookSecret(secret, url)).verify(
    body,
    headers as Record<string, string>,
  );
  expect(verified).toEqual(messageTo(url).event);
});

test('a message that was changed on the way does not verify, nor one under another id or secret', async () => {
  const { url, received } = await receiver();
  await send(url);
  const { body, headers } = received[0] as { body: string; headers: Record<string, string> };
  const webhook = new Webhook(webhookSecret(secret, url));
  expect(() => webhook.verify(body.replace('INC-7', 'INC-8'), headers)).toThrow();
  expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'INC-7/3/1' })).toThrow();
  expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': '1' })).toThrow();
  expect(() => new Webhook(webhookSecret(secret, `${url}2`)).verify(body, headers)).toThrow();
});

test('while secrets rotate, a message verifies with the new one and with the one before', async () => {
  const { url, received } = await receiver();
  const previousSecret = 'the secret before it, thirty-two characters';
  const config = readConfig({
    PROVISOR_SECRET_PREVIOUS: previousSecret,
    PROVISOR_OUTBOUND_ALLOW: loopback.join(),
  });
  await createChannels(config, secret).webhook.send(messageTo(url), never);
  const { body, headers } = received[0] as { body: string; headers: Record<string, string> };
  for (const each of [secret, previousSecret]) {
    expect(new Webhook(webhookSecret(each, url)).verify(body, headers)).toEqual(
      messageTo(url).event,
    );
  }
  expect(() => new Webhook(webhookSecret('another', url)).verify(body, headers)).toThrow();
});

test('a repeat carries the same id', async () => {
  const { url, received } = await receiver((response, count) => {
    response.statusCode = count === 1 ? 500 : 204;
    response.end();
  });
  expect(await failure(send(url))).toMatchObject({ retryable: true, retryAfterMs: undefined });
  expect((await send(url)).detail).toMatch(/answered 204$/);
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['INC-7/3/0', 'INC-7/3/0']);
});

test.each([
  [400, false],
  [401, false],
  [404, false],
  [408, true],
  [410, false],
  [422, false],
  [425, true],
  [429, true],
  [500, true],
  [502, true],
  [503, true],
])('after %i a repeat makes sense: %s', async (status, retryable) => {
  const { url, port } = await receiver((response) => {
    response.statusCode = status;
    response.end('no');
  });
  const error = await failure(send(url));
  expect(error.retryable).toBe(retryable);
  expect(error.message).toContain(`127.0.0.1:${port} answered ${status}`);
});

test.each([
  [429, '7', 7_000],
  [503, '86400', 15 * 60_000],
  [429, 'soon', undefined],
  [500, '7', undefined],
])(
  'after %i the wait that it asks for with "%s" is honoured: %s ms',
  async (status, value, wait) => {
    const { url } = await receiver((response) => {
      response.statusCode = status;
      response.setHeader('retry-after', value);
      response.end();
    });
    expect((await failure(send(url))).retryAfterMs).toBe(wait);
  },
);

test('Retry-After may be a date, which counts from now', () => {
  const now = Date.parse('2026-03-29T01:00:00Z');
  expect(parseRetryAfter('Sun, 29 Mar 2026 01:00:30 GMT', now)).toBe(30_000);
  expect(parseRetryAfter('Sun, 29 Mar 2026 00:00:30 GMT', now)).toBeUndefined();
  expect(parseRetryAfter('0', now)).toBeUndefined();
});

test('a redirect is not followed, wherever it leads', async () => {
  const target = await receiver();
  for (const status of [301, 302, 307, 308]) {
    const { url } = await receiver((response) => {
      response.writeHead(status, { location: target.url }).end();
    });
    const error = await failure(send(url));
    expect(error.retryable).toBe(false);
    expect(error.message).toContain('redirects are not followed');
  }
  expect(target.received).toEqual([]);
});

test.each([
  ['that never answers', () => undefined],
  [
    'that sends its headers byte by byte',
    (socket: Socket) => {
      drip(socket, 'H');
    },
  ],
])('a receiver %s is given up in time', async (_name, serve: (socket: Socket) => void) => {
  const url = await rawServer(serve);
  const began = Date.now();
  const error = await failure(send(url));
  expect(error.retryable).toBe(true);
  expect(Date.now() - began).toBeLessThan(2_000);
});

test('headers that trickle in without end meet the time limit', async () => {
  const url = await rawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    drip(socket, 'x: y\r\n');
  });
  expect((await failure(send(url))).message).toMatch(/no answer within 0\.5 s$/);
});

test('once a receiver has said 200, a body without end changes nothing, and is not read for ever', async () => {
  const closed: Promise<unknown>[] = [];
  const url = await rawServer((socket) => {
    closed.push(new Promise((resolve) => socket.on('close', resolve)));
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    drip(socket, 'x');
  });
  expect((await send(url)).detail).toMatch(/answered 200$/);
  await Promise.all(closed);
});

test('of a large answer 64 KiB are read, then the connection is closed', async () => {
  let closed = new Promise((resolve) => setTimeout(resolve, 0));
  const url = await rawServer((socket) => {
    closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const chunk = 'x'.repeat(64 * 1024);
    const more = (): void => {
      if (!socket.destroyed) socket.write(chunk, more);
    };
    more();
  });
  const began = Date.now();
  await send(url, { timeLimitMs: 30_000 });
  await closed;
  expect(Date.now() - began).toBeLessThan(10_000);
});

test.each<[string, (socket: Socket) => void]>([
  [
    'sends interim answers without end',
    (socket) => {
      const more = (): void => {
        if (!socket.destroyed) socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', more);
      };
      more();
    },
  ],
  [
    'changes the protocol',
    (socket) => socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  ],
  [
    'sends more headers than a program can want',
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
  ],
  ['speaks no HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
  [
    'answers two lengths',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
  ],
])(
  'a receiver that %s has not taken the message, and costs its own alone',
  async (_what, serve) => {
    const url = await rawServer(serve);
    const error = await failure(send(url));
    expect(error).toMatchObject({ name: 'DeliveryError', retryable: true, noDelivery: false });
  },
);

test('TLS that never finishes meets the time limit', async () => {
  const url = await rawServer(() => undefined);
  const error = await failure(send(url.replace('http:', 'https:')));
  expect(error.message).toMatch(/no answer within 0\.5 s$/);
});

test.each([
  ['by HTTP/1.0, without a length', 'HTTP/1.0 200 OK\r\n\r\nok'],
  [
    'after an interim one',
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n',
  ],
  ['in broken chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\nx'],
])('an answer %s is an answer', async (_how, answer) => {
  const url = await rawServer((socket) => socket.once('data', () => socket.end(answer)));
  expect((await send(url)).detail).toMatch(/answered 20[02]$/);
});

test('a packed answer is not unpacked: a bomb stays what it is', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const { url } = await receiver((response) => {
    response.setHeader('content-encoding', 'gzip').end(bomb);
  });
  const answer = await createExchange({ allowed: loopback }).post(
    url,
    { headers: {}, body: '' },
    never,
  );
  expect(answer.status).toBe(200);
  expect(answer.body.length).toBeLessThanOrEqual(64 * 1024);
});

test('a connection that is refused or cut is tried again', async () => {
  const { url, close } = await startReceiver();
  await close();
  expect(await failure(send(url))).toMatchObject({
    retryable: true,
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
  const cut = await rawServer((socket) => socket.destroy());
  expect(await failure(send(cut))).toMatchObject({ retryable: true });
});

test('loopback is not reached unless its network was allowed', async () => {
  const { url, received, port } = await receiver();
  expect(await failure(send(url, { allowed: [] }))).toMatchObject({ retryable: false });
  expect(await failure(send(`http://localhost:${port}/`, { allowed: [] }))).toMatchObject({
    retryable: false,
  });
  expect(received).toEqual([]);
});

test('a name that changes its address after the check cannot lead inside', async () => {
  const { port, received } = await receiver();
  let asked = 0;
  const rebinding: Resolve = (_name, _options, callback) => {
    asked += 1;
    callback(null, [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
  };
  const url = `http://rebinding.example.org:${port}/`;
  // Only what was resolved and checked is connected to: one question, one connection.
  await send(url, { resolve: rebinding, allowed: ['127.0.0.1/32'] });
  expect([asked, received.length]).toEqual([1, 1]);
  const error = await failure(send(url, { resolve: rebinding, allowed: ['127.0.0.1/32'] }));
  expect(error.message).toContain('127.0.0.2');
  expect(received.length).toBe(1);
});

test('a name service that does not answer is given up in time', async () => {
  const error = await failure(send('http://slow.example.org/', { resolve: () => undefined }));
  expect(error).toMatchObject({
    retryable: true,
    message: 'slow.example.org: no answer within 0.5 s',
  });
});

test('a proxy of the environment is not used', async () => {
  const proxy = await receiver();
  const { url, received } = await receiver();
  const before = process.env['HTTP_PROXY'];
  process.env['HTTP_PROXY'] = proxy.url;
  await send(url);
  if (before === undefined) delete process.env['HTTP_PROXY'];
  else process.env['HTTP_PROXY'] = before;
  expect([received.length, proxy.received.length]).toEqual([1, 0]);
});
