import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { provisor } from './support.ts';

type Reply = (req: IncomingMessage, res: ServerResponse) => void;

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

const open = ['incident', 'open', '--title', 'x', '--impact', '1', '--urgency', '1', '--json'];
const record = JSON.stringify({ number: 'INC-1', state: 'new', clocks: {} });

const lose: Reply = (req) => req.socket.destroy();
const unavailable: Reply = (_req, res) => {
  res
    .writeHead(503, { 'content-type': 'application/problem+json' })
    .end('{"detail":"the database does not answer"}');
};
const answer: Reply = (_req, res) => {
  res.writeHead(201, { 'content-type': 'application/json' }).end(record);
};

/** A server that gives these replies one after the other, and notes what was sent. */
async function server(...replies: Reply[]): Promise<{ env: NodeJS.ProcessEnv; keys: unknown[] }> {
  const keys: unknown[] = [];
  const made = createServer((req, res) => {
    keys.push(req.headers['idempotency-key']);
    (replies.shift() ?? unavailable)(req, res);
  }).listen(0, '127.0.0.1');
  servers.push(made);
  await once(made, 'listening');
  const { port } = made.address() as AddressInfo;
  return { env: { PROVISOR_URL: `http://127.0.0.1:${port}`, PROVISOR_KEY: 'k'.repeat(40) }, keys };
}

test('an answer that got lost is asked for again with the same key', async () => {
  const { env, keys } = await server(lose, unavailable, answer);
  const ran = await provisor(open, env);
  expect(ran.code).toBe(0);
  expect(ran.out).toContain('INC-1');
  expect(ran.err).toContain('trying again with the same key (1 of 4)');
  expect(keys.length).toBe(3);
  expect(new Set(keys).size).toBe(1);
});

test('in the end it says that the database does not answer', async () => {
  const { env, keys } = await server();
  const ran = await provisor(open, env);
  expect([ran.code, keys.length]).toEqual([1, 5]);
  expect(ran.err).toContain('the database does not answer');
});

test('nobody there: it says where it looked and how to start it', async () => {
  const env = { PROVISOR_URL: 'http://127.0.0.1:1', PROVISOR_KEY: 'k'.repeat(40) };
  const ran = await provisor(open, env);
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toMatch(/not reachable at http:\/\/127\.0\.0\.1:1 .*provisor start/);
});

test('an address that is somebody else is told as such', async () => {
  const { env } = await server((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>');
  });
  const ran = await provisor(['incident', 'list'], env);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("is it Provisor's address?");
});

test('the key is not sent on to where a redirect leads', async () => {
  let reached = false;
  const other = await server((_req, res) => {
    reached = true;
    res.end('{}');
  });
  const { env } = await server((_req, res) => {
    res.writeHead(307, { location: other.env['PROVISOR_URL'] }).end();
  });
  expect((await provisor(['incident', 'list'], env)).code).toBe(1);
  expect(reached).toBe(false);
});
