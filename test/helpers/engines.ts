import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngines } from '../../runtime/engines.ts';
import { prepareHome } from '../../runtime/home.ts';
import { createReporter } from '../../runtime/progress.ts';
import { blockedAt, nobody } from '../../runtime/reach.ts';
import { Supervisor } from '../../runtime/supervisor.ts';

/** Throw-away engines: PostgreSQL and the official Temporal server with time skipping, in a home of their own. */
export interface TestEngines {
  /** The superuser's URL of the database `postgres`. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Of the first start; `pidOf` has those after a restart. */
  readonly pids: { postgres: number | undefined; temporal: number | undefined };
  readonly home: string;
}

/**
 * Starts the engines. Both are started again on the same ports, with their data, when they are killed.
 * Safety on power loss is off, except with PROVISOR_TEST_DURABLE=1. `ended` stops them, even while they start.
 */
export async function startTestEngines(ended?: AbortSignal): Promise<{
  engines: TestEngines;
  stop: () => Promise<void>;
}> {
  const home = mkdtempSync(join(openFolder(), 'provisor-test-'));
  chmodSync(home, 0o711);
  prepareHome(home);
  const supervisor = new Supervisor(home, createReporter(process.stderr));
  const stop = async () => {
    await supervisor.stop();
    rmSync(home, { recursive: true, force: true });
  };
  ended?.addEventListener('abort', () => void supervisor.stop(), { once: true });
  try {
    const started = await startEngines({
      home,
      supervisor,
      timeSkipping: true,
      requireOfficial: true,
      durable: process.env['PROVISOR_TEST_DURABLE'] === '1',
    });
    const { temporalAddress, namespace, superuserUrl = started.databaseUrl } = started;
    const engines = { databaseUrl: superuserUrl, temporalAddress, namespace, pids: started.pids() };
    return { engines: { ...engines, home }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The process of an engine now; undefined while it is down. */
export function pidOf(home: string, engine: 'postgresql' | 'temporal'): number | undefined {
  try {
    const note = JSON.parse(readFileSync(join(home, 'run', `${engine}.json`), 'utf8')) as {
      pid: number;
    };
    return note.pid;
  } catch {
    return undefined;
  }
}

/** A folder for temporary homes that PostgreSQL's user can pass through when this is root. */
function openFolder(): string {
  if (process.getuid?.() !== 0) return tmpdir();
  const open = [tmpdir(), '/tmp', '/var/tmp', '/var/cache'].find(
    (folder) => blockedAt(folder, nobody) === undefined,
  );
  if (open === undefined)
    throw new Error(`User ${nobody.uid} can enter no folder for temporary files.`);
  return open;
}

/** Run as a program: one line of JSON on stdout when ready; lives until stdin ends or SIGTERM comes. */
async function main(): Promise<void> {
  const ended = new AbortController();
  const end = () => {
    ended.abort();
  };
  process.stdin.on('end', end).on('close', end).on('error', end).resume();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, end);
  const { engines, stop } = await startTestEngines(ended.signal);
  process.stdout.write(`${JSON.stringify(engines)}\n`);
  if (!ended.signal.aborted) await once(ended.signal, 'abort');
  await stop();
}

if (process.argv[1]?.endsWith(join('test', 'helpers', 'engines.ts')) === true) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exit(1);
    },
  );
}
