import { randomInt } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

// Below the range that systems give to outgoing connections: a client that keeps trying to reach a server that is
// down could otherwise get the server's own port, connect to itself, and hold the server off for good.
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** Why nobody can listen there now: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …; undefined when one can. */
export function listenTrouble(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

/** A port on the loopback on which nobody listens, outside `taken`. */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!taken.has(port) && (await listenTrouble(port)) === undefined) return port;
  }
  throw new Error(`No free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1 was found.`);
}

/**
 * Ports for the named servers, remembered in `file`: the same again unless another program has taken one meanwhile.
 */
export async function rememberedPorts<Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const remembered = readPorts(file);
  const taken = new Set(Object.values(remembered));
  const ports: Record<string, number> = {};
  for (const name of names) {
    const old = remembered[name];
    const port =
      old !== undefined && (await listenTrouble(old)) === undefined ? old : await freePort(taken);
    taken.add(port);
    ports[name] = port;
  }
  writeFileSync(`${file}.new`, JSON.stringify({ ...remembered, ...ports }, undefined, 2));
  renameSync(`${file}.new`, file);
  return ports;
}

function readPorts(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}

/**
 * Checks that the API will be able to listen.
 * @throws Error that names the port and what to do.
 */
export async function requirePort(port: number, host: string): Promise<void> {
  const trouble = await listenTrouble(port, host);
  if (trouble === undefined) return;
  const where = `port ${port} on ${host}`;
  if (trouble === 'EADDRINUSE') {
    let other = port + 1;
    while (other < 65_535 && (await listenTrouble(other, host)) !== undefined) other++;
    throw new Error(
      `Another program listens on ${where}. Stop it, or choose another port: PORT=${other} npm start`,
    );
  }
  if (trouble === 'EACCES') {
    throw new Error(
      `This user may not listen on ${where}. Choose one above 1023: PORT=8080 npm start`,
    );
  }
  throw new Error(
    `Nobody can listen on ${where} (${trouble}). Check HOST; 127.0.0.1 is this machine alone, 0.0.0.0 every network.`,
  );
}
