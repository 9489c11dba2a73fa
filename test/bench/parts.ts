import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = resolve(import.meta.dirname, '../..');
/** Loaded into each process before its own code: when the one that started it is gone, however it went, it ends too. */
const LEASH = "data:text/javascript,process.on('disconnect',()=>process.exit(1))";
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;

/** A process of the run: our API, our worker, a bare engine. */
export interface Part {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: unknown;
  stop(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  /** From the repository's root. It sends `{ ready: true }`. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its output goes to `<folder>/<name>.log`. */
  readonly folder: string;
  /** More for Node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /** Called when it ends without having been told to. */
  readonly onLost: (error: Error) => void;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // Nobody is left.
  }
}

/** Starts a process in a group of its own. It ends with this one. */
export async function startPart(options: PartOptions): Promise<Part> {
  const { name, entry, env, folder, nodeOptions = [], onLost } = options;
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'a');
  const args = [...nodeOptions, '--import', 'tsx', '--import', LEASH, join(root, entry)];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const gone = once(child, 'exit');
  let stopping = false;
  const lost = gone.then(() => {
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    throw new Error(`the ${name} ended:\n${last}`);
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    signalGroup(child, 'SIGTERM');
    const late = setTimeout(signalGroup, STOP_WITHIN_MS, child, 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
    clearTimeout(late);
    signalGroup(child, 'SIGKILL');
  };
  lost.catch((error: unknown) => {
    if (!stopping) onLost(error as Error);
  });
  const limit = new AbortController();
  const late = sleep(READY_WITHIN_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`the ${name} is not ready after ${READY_WITHIN_MS / 1000} s: see ${log}`);
  });
  late.catch(() => undefined);
  let ready: unknown;
  try {
    [ready] = (await Promise.race([once(child, 'message'), lost, late])) as unknown[];
  } catch (error) {
    await stop();
    throw error;
  } finally {
    limit.abort();
  }
  return { pid: child.pid ?? 0, ready, stop };
}
