import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const ARRIVES_WITHIN_MS = 60_000;

/** A web server on loopback that notes when it first heard of what. */
export interface Hooks {
  readonly url: string;
  /** When (by `performance.now()`) the first request about `subject` had arrived. @throws Error when none does within a minute */
  arrival(subject: string): Promise<number>;
  /** When (epoch milliseconds) the first request about `subject` had arrived; undefined while none has. */
  arrivedAt(subject: string): number | undefined;
  close(): Promise<void>;
}

interface Wait {
  readonly at: Promise<number>;
  readonly arrived: (at: number) => void;
}

export async function startHooks(): Promise<Hooks> {
  const waits = new Map<string, Wait>();
  const arrivals = new Map<string, number>();
  const waitFor = (subject: string): Wait => {
    const known = waits.get(subject);
    if (known !== undefined) return known;
    let arrived: Wait['arrived'] = () => undefined;
    const at = new Promise<number>((resolve) => {
      arrived = resolve;
    });
    const wait = { at, arrived };
    waits.set(subject, wait);
    return wait;
  };
  const server = createServer((request, response) => {
    const at = performance.now();
    text(request).then(
      (body) => {
        response.end();
        const { subject } = JSON.parse(body) as { subject: string };
        waitFor(subject).arrived(at);
        if (!arrivals.has(subject)) arrivals.set(subject, performance.timeOrigin + at);
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    async arrival(subject) {
      let late: NodeJS.Timeout | undefined;
      const inVain = new Promise<never>((_resolve, reject) => {
        late = setTimeout(() => {
          reject(
            new Error(`no webhook about ${subject} came within ${ARRIVES_WITHIN_MS / 1000} s`),
          );
        }, ARRIVES_WITHIN_MS);
      });
      try {
        return await Promise.race([waitFor(subject).at, inVain]);
      } finally {
        clearTimeout(late);
      }
    },
    arrivedAt: (subject) => arrivals.get(subject),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
