/**
 * Keeps README.md true: does what a reader would do with it, from top to bottom, in one terminal.
 *
 *   node --import tsx test/readme.ts [file]     default: README.md
 *
 * A comment on the line before a fenced block says how the block is checked (blocks without one are not):
 *
 *   <!-- checked: shell -->            runs and must succeed; what it exports holds in later shell blocks
 *   <!-- checked: start "ready" -->    starts and keeps running, in a terminal of its own, until "ready" is printed
 *   <!-- checked: stop -->             no block: Ctrl-C for everything started so far; the end of the file does too
 *   <!-- checked: typescript -->       is type-checked and runs, as a file in the project's root
 *   <!-- checked: excerpt path -->     stands word for word in that file
 *
 * Unless PROVISOR_HOME is set, everything runs in a new home that is removed afterwards.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const blockEndsWithinMinutes = 10;
/** The first start on a machine compiles the Temporal server. */
const readyWithinMinutes = 45;
const stoppedWithinSeconds = 60;

interface Check {
  readonly kind: string;
  readonly argument: string;
  readonly code: string;
  readonly line: number;
}

/**
 * The checks of a page, in order.
 * @throws Error when a marker is unknown or no fenced block follows it: a typing mistake must not pass as "true".
 */
function checksOf(page: string): Check[] {
  const lines = page.split('\n');
  return lines.flatMap((text, index) => {
    const marker = /^<!-- checked: *(\w+) *(.*?) *-->$/.exec(text.trim());
    if (marker === null) return [];
    const [, kind = '', argument = ''] = marker;
    const line = index + 1;
    if (!['shell', 'start', 'stop', 'typescript', 'excerpt'].includes(kind)) {
      throw new Error(`Line ${line}: "${kind}" is no check.`);
    }
    if (kind === 'stop') return [{ kind, argument, code: '', line }];
    const open = lines[index + 1] === '' ? index + 2 : index + 1;
    const end = lines.findIndex((candidate, at) => at > open && candidate.startsWith('```'));
    if (lines[open]?.startsWith('```') !== true || end === -1) {
      throw new Error(`Line ${line}: a fenced block must follow "checked: ${kind}".`);
    }
    return [{ kind, argument, code: lines.slice(open + 1, end).join('\n'), line }];
  });
}

const scratch = mkdtempSync(join(tmpdir(), 'provisor-readme-'));
// PostgreSQL runs as another user when this one is root, and must be able to enter.
chmodSync(scratch, 0o755);
const terminal = join(scratch, 'terminal');
writeFileSync(terminal, '');
const environment: NodeJS.ProcessEnv = { PROVISOR_HOME: join(scratch, 'home'), ...process.env };
// The page describes a machine where nothing is set up yet.
for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE']) {
  Reflect.deleteProperty(environment, name);
}
const started = new Set<ChildProcess>();

/** Ends a whole process group, which a shell and what it started share. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // It is gone already.
  }
}

/** Runs a command until it ends. @throws Error with its exit status. */
function run(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 2, 2],
    timeout: blockEndsWithinMinutes * 60_000,
    killSignal: 'SIGKILL',
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`ended with ${done.status ?? done.signal ?? 'a signal'}`);
}

/** A shell that goes on where the block before it ended: same folder, same exported variables. */
function shell(code: string): void {
  const script = `. "${terminal}"\nset -euo pipefail\n${code}\n{ export -p; printf 'cd %q\\n' "$PWD"; } > "${terminal}"`;
  run('bash', ['-c', script]);
}

async function start(code: string, ready: string): Promise<void> {
  const text = ready.replace(/^"(.*)"$/, '$1');
  if (text === '') throw new Error('which line says that it is ready? <!-- checked: start "…" -->');
  const child = spawn('bash', ['-c', `. "${terminal}"\nset -euo pipefail\n${code}`], {
    cwd: root,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  await new Promise<void>((fulfil, reject) => {
    let printed = '';
    const late = setTimeout(() => {
      reject(new Error(`did not print "${text}" within ${readyWithinMinutes} minutes`));
    }, readyWithinMinutes * 60_000);
    const read = (chunk: Buffer) => {
      process.stderr.write(chunk);
      printed = (printed + chunk.toString()).slice(-100_000);
      if (printed.includes(text)) fulfil();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (status, name) => {
      clearTimeout(late);
      if (!printed.includes(text)) started.delete(child);
      reject(new Error(`ended with ${status ?? name ?? 'a signal'} before it printed "${text}"`));
    });
    child.once('error', reject);
  });
}

/** Ctrl-C. @throws Error when something does not end in time, or not with 0 (or by the signal itself). */
async function stop(): Promise<void> {
  for (const child of started) {
    started.delete(child);
    if (child.exitCode !== null) throw new Error(`had ended by itself with ${child.exitCode}`);
    const gone = new Promise<number | NodeJS.Signals>((fulfil) => {
      child.once('exit', (status, name) => {
        fulfil(status ?? name ?? 1);
      });
    });
    signal(child, 'SIGINT');
    const late = setTimeout(() => {
      signal(child, 'SIGKILL');
    }, stoppedWithinSeconds * 1000);
    const how = await gone;
    clearTimeout(late);
    if (how === 'SIGKILL') throw new Error(`did not stop within ${stoppedWithinSeconds} seconds`);
    if (![0, 130, 'SIGINT'].includes(how)) throw new Error(`stopped with ${how}`);
  }
}

function typescript(code: string, line: number): void {
  const name = `.readme-line-${line}`;
  const file = join(root, `${name}.ts`);
  const project = join(root, `${name}.json`);
  writeFileSync(file, `${code}\n`);
  writeFileSync(
    project,
    // A page shows one thing at a time: what it does not use yet is no mistake there.
    JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: [],
      files: [file],
    }),
  );
  try {
    run(join(root, 'node_modules/.bin/tsc'), ['--project', project]);
    run(process.execPath, ['--import', 'tsx', file]);
  } finally {
    rmSync(file);
    rmSync(project);
  }
}

function excerpt(code: string, path: string): void {
  if (!readFileSync(join(root, path), 'utf8').includes(code)) {
    throw new Error(`the block does not stand in ${path} word for word`);
  }
}

async function perform(check: Check): Promise<void> {
  switch (check.kind) {
    case 'shell':
      shell(check.code);
      return;
    case 'start':
      await start(check.code, check.argument);
      return;
    case 'typescript':
      typescript(check.code, check.line);
      return;
    case 'excerpt':
      excerpt(check.code, check.argument);
      return;
    default:
      await stop();
  }
}

const page = resolve(root, process.argv[2] ?? 'README.md');
let passed = 0;
let failed = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => {
    for (const child of started) signal(child, 'SIGTERM');
    process.exit(1);
  });
}
try {
  const checks = checksOf(readFileSync(page, 'utf8'));
  const last = { kind: 'stop', argument: '', code: '', line: 0 };
  for (const check of [...checks, last]) {
    if (check === last && started.size === 0) continue;
    const title = check === last ? 'end of the page: stop' : `line ${check.line}: ${check.kind}`;
    process.stderr.write(`--- ${title}\n`);
    try {
      await perform(check);
      passed += 1;
    } catch (error) {
      failed += 1;
      process.stderr.write(
        `FAILED ${title}: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
} catch (error) {
  failed += 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  for (const child of started) signal(child, 'SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
