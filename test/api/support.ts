import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { createCalendars } from '../../channels/calendars/index.ts';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { storeKey } from '../../db/keys.ts';
import type { Pool } from '../../db/pool.ts';
import type { Role } from '../../domain/actor.ts';
import type { Engine } from '../../records/engine.ts';
import { bootstrapKey } from '../../records/keys.ts';
import { createTestDatabase, testEngine } from '../helpers/database.ts';

export const SECRET = 's'.repeat(40);
export const ADMIN = `prv_${'a'.repeat(43)}`;

/** What a test looks at: status, headers and the parsed body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Call {
  readonly key?: string | null;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestApi {
  readonly url: string;
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly engine: Engine;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** A key of a person or an integration. */
  key(holder: string, roles: readonly Role[], organisation?: string): Promise<string>;
  /** Opens an incident. @returns its number */
  open(input?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export async function listen(deps: ApiDeps): Promise<{ server: Server; url: string }> {
  const server = createApp(deps).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

export function quietDeps(engine: Engine, deps: Partial<ApiDeps> = {}): ApiDeps {
  return {
    engine,
    logger: pino({ level: 'silent' }),
    secret: SECRET,
    rateLimits: { callsPerMinute: 0, failuresPerMinute: 0 },
    trustedProxies: [],
    publicUrl: 'https://desk.example.org',
    channels: createChannels(readConfig({}), SECRET),
    providers: {},
    calendars: createCalendars({ allowed: ['127.0.0.0/8'] }),
    temporalHealth: () => Promise.resolve({ up: true, workers: true, detail: 'a worker polls' }),
    ...deps,
  };
}

export async function callApi(
  url: string,
  method: string,
  path: string,
  call: Call = {},
): Promise<Answer> {
  const { key = ADMIN, body, raw, headers = {} } = call;
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: content }),
  });
  const text = await response.text();
  const json = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: json && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

/** The API on a database of its own, with the first admin's key. @param deps what is not as in `quietDeps` */
export async function startApi(
  clock?: () => number,
  deps: Partial<ApiDeps> = {},
): Promise<TestApi> {
  const { pool, url: databaseUrl, drop } = await createTestDatabase();
  await bootstrapKey(pool, ADMIN, Date.now());
  const engine = testEngine(pool, clock);
  const { server, url } = await listen(quietDeps(engine, deps));
  let made = 0;
  const call: TestApi['call'] = (method, path, options) => callApi(url, method, path, options);
  return {
    url,
    pool,
    databaseUrl,
    engine,
    call,
    async key(holder, roles, organisation = 'main') {
      const secret = `prv_${holder}_${roles.join('_')}_${String(++made).padStart(20, '0')}`;
      const kind = roles.includes('integration') ? 'integration' : 'person';
      const key = {
        id: `key_${made}`,
        kind,
        holder,
        roles,
        organisation,
        secret,
        createdBy: 'test',
      } as const;
      await storeKey(pool, key, Date.now());
      return secret;
    },
    async open(input = {}) {
      const body = { title: 'Shop down', impact: 1, urgency: 1, ...input };
      const answer = await call('POST', '/api/v1/incidents', { body });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return String(answer.body['number']);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await drop();
    },
  };
}
