import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OutboundMessage } from '../../activities/channels/channel.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** What arrived, in order. */
  readonly received: Received[];
  close(): Promise<void>;
}

/** A real web server on loopback that keeps what it gets and then answers as told. */
export async function startReceiver(
  answer: (response: ServerResponse, count: number) => void = (response) => response.end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received.push({ headers: request.headers, body: await text(request) });
    answer(response, received.length);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A page for one person. */
export function messageTo(person: Partial<OutboundMessage['person']>): OutboundMessage {
  return {
    key: 'INC-7/3/0',
    person: { name: 'Ann', ...person },
    subject: '[INC-7] Page, priority 1: Web shop is down',
    text: 'INC-7: Web shop is down\n',
    html: '<p>INC-7: Web shop is down</p>',
    event: {
      specversion: '1.0',
      id: 'INC-7/3/0',
      source: 'https://desk.example.org',
      type: 'provisor.incident.paged.v1',
      subject: 'INC-7',
      time: '2026-03-29T01:00:00.000Z',
      datacontenttype: 'application/json',
      data: { number: 'INC-7', title: 'Web shop is down – "ä"' },
    },
  };
}
