import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Gate } from './gate.ts';

export interface ProviderRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ProviderAnswer {
  readonly status: number;
  /** JSON unless it is text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a provider does on a bad day: it answers so, without having done anything; says nothing; sends a body without end; cuts the line; stops at a gate. */
export type Fault = ProviderAnswer | 'silence' | 'endless' | 'cut' | Gate;

export interface Provider {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** All that arrived, in order. */
  readonly requests: ProviderRequest[];
  /** For the next requests, one each. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

function isGate(fault: Fault | undefined): fault is Gate {
  return typeof fault === 'object' && 'at' in fault;
}

/** A real web server on loopback that answers as a provider does. */
export async function startProvider(
  answer: (request: ProviderRequest) => ProviderAnswer,
): Promise<Provider> {
  const requests: ProviderRequest[] = [];
  const faults: Fault[] = [];

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = faults.shift();
    const gate = isGate(fault) ? fault : undefined;
    if (gate?.at === 'unread') await gate.pass();
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: await text(incoming) };
    requests.push(request);
    if (fault === 'silence') return;
    if (fault === 'cut') {
      response.destroy();
      return;
    }
    if (fault === 'endless') {
      const timer = setInterval(() => response.write('{"ok":'), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
      return;
    }
    const {
      status,
      body,
      headers: more,
    } = fault === undefined || isGate(fault) ? answer(request) : fault;
    if (gate?.at === 'unanswered') await gate.pass();
    const isText = body === undefined || typeof body === 'string';
    response.writeHead(status, {
      'content-type': isText ? 'text/plain' : 'application/json',
      ...more,
    });
    response.end(isText ? body : JSON.stringify(body));
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    faults,
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
