import { request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

/** How much of an answer's body is read. */
const MOST_BYTES = 64 * 1024;

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** As far as it came: at most 64 KiB, and cut off where the connection or the time ended. */
  readonly body: string;
}

export interface Post {
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  readonly lookup: LookupFunction;
  /** Ends the whole exchange: connecting, sending and reading. */
  readonly signal: AbortSignal;
}

/**
 * Posts once: follows no redirect, uses no proxy, keeps no connection. The body is read to its end so that the receiver is not cut off in its work, but
 * not beyond 64 KiB or the signal.
 * @throws the network's error, or the signal's, when no status came
 */
export function post(url: URL, { headers, body, lookup, signal }: Post): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method: 'POST',
      // An agent of its own: the global one may have been told to use a proxy, which would look names up by itself.
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
      const chunks: Buffer[] = [];
      const done = (): void => {
        request.destroy();
        const answered = Buffer.concat(chunks).toString('utf8', 0, MOST_BYTES);
        resolve({ status, retryAfter: response.headers['retry-after'], body: answered });
      };
      // An answer that breaks off, or does not end in time, has told its status all the same.
      request.off('error', reject).on('error', done);
      collect(response, chunks, done);
    });
    request.end(body);
  });
}

function collect(response: IncomingMessage, chunks: Buffer[], done: () => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_BYTES) done();
  });
  response.on('error', done).on('close', done);
}
