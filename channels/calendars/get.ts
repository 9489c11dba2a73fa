import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { DeliveryError } from '../channel.ts';

export interface Get {
  readonly headers: OutgoingHttpHeaders;
  readonly lookup: LookupFunction;
  /** Ends the whole exchange: connecting, sending and reading. */
  readonly signal: AbortSignal;
  /** A body that is larger is refused as soon as that is known. */
  readonly mostBytes: number;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The whole body; empty unless the status is 200. */
  readonly body: Buffer;
}

async function readBody(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= mostBytes) continue;
    throw new DeliveryError(`the file is larger than ${mostBytes} bytes`, { retryable: false });
  }
  return Buffer.concat(chunks);
}

/**
 * Gets once: follows no redirect, uses no proxy, keeps no connection.
 * @throws DeliveryError when the body is too large; else the network's error, or the signal's, also when the body broke off
 */
export function get(url: URL, { headers, lookup, signal, mostBytes }: Get): Promise<Got> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // An agent of its own: the global one may have been told to use a proxy, which would look names up by itself.
    const request = send(url, {
      agent: false,
      lookup,
      signal,
      headers: { ...headers, connection: 'close' },
    });
    request.on('error', reject);
    // Without a listener the request would end with neither an answer nor an error.
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('answered 101, which was not asked for'));
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const body =
        status === 200 ? readBody(response, mostBytes) : Promise.resolve(Buffer.alloc(0));
      body
        .then((whole) => {
          resolve({ status, headers: response.headers, body: whole });
        }, reject)
        .finally(() => request.destroy());
    });
    request.end();
  });
}
