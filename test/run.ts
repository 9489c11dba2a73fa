/**
 * `npm test`: throw-away engines, a prepared database, jest, one closing line.
 *
 *   npm test                        everything
 *   npm test -- domain processes    parts of it; engines start unless every path lies below a pure folder
 *   npm test -- test/api -t refuses options go to jest (write those with a value as --option=value)
 *
 * The engines live as long as their standard input: whatever ends this process ends them.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '..');

/** Folders whose tests need no engine. */
const pure = new Set(['domain', 'processes', 'policies']);

/** The first start on a machine compiles the Temporal server, which takes minutes. */
const enginesReadyWithinMinutes = 45;
const enginesStoppedWithinSeconds = 30;
/** jest waits for ever for a connection or timer that a test left open. */
const jestGoneWithinSeconds = 30;

/** What would point a test at somebody's real installation, or at their policy. */
const notForTests =
  /^(DATABASE_URL|TEMPORAL_.*|SMTP_URL|PUBLIC_URL|PORT|HOST|SLACK_.*|NTFY_.*|TWILIO_.*|PROVISOR_(SECRET|SECRET_PREVIOUS|BOOTSTRAP_KEY|POLICY|OUTBOUND_ALLOW|WATCH_[A-Z_]+))(_FILE)?$/;
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !notForTests.test(name)),
);

const stop = new AbortController();
let running: ChildProcess | undefined;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(code);
    process.exitCode = code;
    stop.abort();
    if (running !== undefined) signalGroup(running, signal);
  });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** To a process and all that it started: a jest worker in an endless loop outlives jest. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // Nobody is left.
  }
}

/** Starts a process that leads a group of its own. */
function node(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  running = spawn(process.execPath, args, {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 2, 2],
  });
  return running;
}

/** Resolves when the process is gone; 1 when a signal ended it. */
async function exitCode(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 1;
}

/** Starts the engines. @returns their process and the line of JSON that says where they are. */
async function startEngines(): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/helpers/engines.ts'], {
    cwd: root,
    env: environment,
    // A group of its own: Ctrl-C reaches jest first, the engines when their input closes.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const onStop = () => void stopEngines(child);
  const late = setTimeout(onStop, enginesReadyWithinMinutes * 60_000);
  stop.signal.addEventListener('abort', onStop, { once: true });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{')) return { child, line };
    }
    await exitCode(child);
    throw new Error('The engines ended before they were ready; their messages stand above.');
  } finally {
    clearTimeout(late);
    stop.signal.removeEventListener('abort', onStop);
    child.stdout.resume();
  }
}

async function stopEngines(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  const late = setTimeout(() => {
    say('The engines did not stop by themselves: killing them.');
    signalGroup(child, 'SIGKILL');
  }, enginesStoppedWithinSeconds * 1000);
  await exitCode(child);
  clearTimeout(late);
}

/** The arguments that choose tests by path; the others are jest's options. */
function isPath(argument: string, index: number, all: readonly string[]): boolean {
  const before = all[index - 1];
  return !argument.startsWith('-') && before !== '-t' && before !== '--testNamePattern';
}

function isPure(path: string): boolean {
  const [folder] = relative(root, resolve(root, path)).split(sep);
  return folder !== undefined && pure.has(folder);
}

/** jest looks for a path anywhere in a file's name; we mean it from the root. */
function anchored(path: string): string {
  const full = resolve(root, path);
  if (!existsSync(full)) return path;
  const escaped = full.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return statSync(full).isDirectory() ? `^${escaped}/` : `^${escaped}$`;
}

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Runs jest. @returns its exit code, and its counts when it got as far as writing them. */
async function jest(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; results: Results | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'provisor-tests-'));
  const file = join(folder, 'results.json');
  try {
    const bin = createRequire(import.meta.url).resolve('jest/bin/jest');
    const child = node([bin, '--json', `--outputFile=${file}`, ...args], env);
    let secondsDone = 0;
    const watch = setInterval(() => {
      if (!existsSync(file)) return;
      secondsDone += 1;
      if (secondsDone < jestGoneWithinSeconds) return;
      say('A test left something open and jest cannot end: run it with --detectOpenHandles.');
      signalGroup(child, 'SIGKILL');
    }, 1000);
    const code = await exitCode(child);
    clearInterval(watch);
    signalGroup(child, 'SIGKILL');
    const results = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Results)
      : undefined;
    return { code, results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line that says how it went, alone and last. @returns whether all is well. */
function close(code: number, results: Results | undefined): boolean {
  const passed = results?.numPassedTests ?? 0;
  // A file that could not even be loaded counts as one failure.
  const failures = (results?.numFailedTests ?? 0) + (results?.numRuntimeErrorTestSuites ?? 0);
  const failed = code === 0 ? failures : Math.max(failures, 1);
  const skipped = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0);
  if (passed + failed === 0) say('No test ran.');
  process.stdout.write(
    `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  );
  return failed === 0 && passed > 0;
}

async function main(): Promise<boolean> {
  const given = process.argv.slice(2);
  const paths = given.filter(isPath);
  const args = given.map((argument, index) =>
    isPath(argument, index, given) ? anchored(argument) : argument,
  );

  if (paths.length > 0 && paths.every(isPure)) {
    const { code, results } = await jest(args, environment);
    return close(code, results);
  }

  const began = Date.now();
  const engines = await startEngines();
  try {
    say(`Engines ready after ${Math.round((Date.now() - began) / 1000)} s.`);
    const env = { ...environment, PROVISOR_TEST_ENGINES: engines.line };
    stop.signal.throwIfAborted();
    const prepared = await exitCode(node(['--import', 'tsx', 'test/helpers/prepare.ts'], env));
    if (prepared !== 0) throw new Error('The test database could not be prepared.');
    stop.signal.throwIfAborted();
    const { code, results } = await jest(args, env);
    await stopEngines(engines.child);
    return close(code, results);
  } finally {
    await stopEngines(engines.child);
  }
}

try {
  const well = await main();
  if (!well) process.exitCode ??= 1;
} catch (error) {
  if (!stop.signal.aborted) {
    say(error instanceof Error ? error.message : String(error));
    process.stdout.write('0 passed, 1 failed\n');
  }
  process.exitCode ??= 1;
}
