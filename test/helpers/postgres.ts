import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { postgresBinaries } from '../../runtime/postgresBinaries.ts';
import { nobody } from '../../runtime/reach.ts';
import { runningEngines } from './database.ts';
import { freePort } from './installation.ts';

/** A PostgreSQL server of a test's own, for what would disturb the other tests: its settings, its connections, its end. */
export interface TestServer {
  /** The superuser's URL of the database `postgres`; the address stays the same over restarts. */
  readonly url: string;
  /** Starts it with these settings beside the usual ones, and waits until it is as ready as it will be: a standby that is not hot takes nobody. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** A standby of nobody: from its next start on it recovers, and can only be read, until it is promoted (`select pg_promote()`). */
  demote(): void;
  stop(): Promise<void>;
  /** Ends it as a crash does: nothing is finished, every connection breaks, and the next start recovers. */
  crash(): Promise<void>;
  /** Stops it and deletes its data. */
  drop(): Promise<void>;
}

const root = (): boolean => process.getuid?.() === 0;

function programs(): string {
  return join(postgresBinaries(runningEngines().home, root() ? nobody : undefined), 'bin');
}

const plain = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * Runs statements on the data of a server that does not run. @param data its data folder, which belongs to `nobody` when this is root
 * @throws Error with what PostgreSQL said when one of them fails
 */
export async function runOffline(data: string, statements: readonly string[]): Promise<void> {
  const child = spawn(
    join(programs(), 'postgres'),
    ['--single', '-D', data, '-c', 'exit_on_error=on', 'postgres'],
    { ...(root() ? nobody : {}), cwd: data, env: plain, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  child.stdin.end(statements.map((statement) => `${statement}\n`).join(''));
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(`postgres --single: ${said}`);
}

/** Made, not started. As root it runs as `nobody`, for PostgreSQL refuses root. */
export async function createTestServer(): Promise<TestServer> {
  const user = root() ? nobody : {};
  const folder = mkdtempSync(join(runningEngines().home, '..', 'provisor-postgresql-'));
  chmodSync(folder, 0o711);
  if (root()) chownSync(folder, nobody.uid, nobody.gid);
  const binaries = programs();
  const data = join(folder, 'data');
  const port = await freePort();
  const options = { ...user, cwd: folder, env: plain };

  const initdb = spawn(
    join(binaries, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth',
      'trust',
      '--no-sync',
      '--no-instructions',
      '-E',
      'UTF8',
    ],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [complaint] = await Promise.all([text(initdb.stderr), once(initdb, 'exit')]);
  if (initdb.exitCode !== 0) throw new Error(`initdb: ${complaint}`);

  let running: ChildProcess | undefined;
  const end = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  // Fast shutdown: it does not wait for its clients.
  const stop = (): Promise<void> => end('SIGINT');
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async start(settings = {}) {
      const all = {
        port: String(port),
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        fsync: 'off',
        log_min_messages: 'log',
        ...settings,
      };
      const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const child = spawn(join(binaries, 'postgres'), ['-D', data, ...args], {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      running = child;
      await untilSaid(child, settings['hot_standby'] === 'off' ? STANDBY : READY);
    },
    demote() {
      const signal = join(data, 'standby.signal');
      writeFileSync(signal, '');
      if (root()) chownSync(signal, nobody.uid, nobody.gid);
    },
    stop,
    // Immediate shutdown, by PostgreSQL's word like a crash; after kill -9 its children would hold its memory for a while.
    crash: () => end('SIGQUIT'),
    async drop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const READY = /ready to accept (read-only )?connections/;
const STANDBY = /entering standby mode/;

function untilSaid(child: ChildProcess, words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      log += part;
      if (words.test(log)) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`PostgreSQL ended:\n${log}`));
    });
  });
}
