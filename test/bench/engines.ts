import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestEngines } from '../helpers/engines.ts';
import { root } from './parts.ts';

/** What would point the run at somebody's real installation. */
const notForUs = /^(DATABASE_URL|TEMPORAL_.*|SMTP_URL|PUBLIC_URL|PORT|HOST|PROVISOR_.*)$/;

/** This process's environment without that. */
export const cleanEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !notForUs.test(name)),
);

const STOP_WITHIN_MS = 30_000;

/** Throw-away engines that keep what they confirm, as in real use: PostgreSQL with fsync, and the official Temporal server on it. They live as long as their standard input. */
export async function startDurableEngines(): Promise<{
  engines: TestEngines;
  stop: () => Promise<void>;
}> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/helpers/engines.ts'], {
    cwd: root,
    env: { ...cleanEnvironment, PROVISOR_TEST_DURABLE: '1' },
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const late = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, STOP_WITHIN_MS);
    if (child.exitCode === null && child.signalCode === null) await gone;
    clearTimeout(late);
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    child.stdout.resume();
    return { engines: JSON.parse(line) as TestEngines, stop };
  }
  throw new Error('the engines ended before they were ready; their messages stand above');
}
