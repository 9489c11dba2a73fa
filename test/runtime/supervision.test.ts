import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { endLeftovers } from '../../runtime/leftovers.ts';
import { isAlive, signal } from '../../runtime/processes.ts';

interface Pids {
  readonly obedient: number;
  readonly stubborn: number;
  readonly guardian: number;
}

let home: string;
let program: ChildProcess;
let pids: Pids;
let output: string;

async function until(what: () => boolean, limitMs = 20_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!what()) {
    if (Date.now() > end) throw new Error(`It did not happen in time. The output:\n${output}`);
    await new Promise((wait) => setTimeout(wait, 50));
  }
}

const pidOf = (part: string) => {
  const file = join(home, 'run', `${part}.json`);
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid
    : undefined;
};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'provisor-supervision-'));
  output = '';
  program = spawn(
    process.execPath,
    ['--import', 'tsx', resolve('test/runtime/supervision.program.ts'), home],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  program.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const file = join(home, 'pids.json');
  await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('}'));
  pids = JSON.parse(readFileSync(file, 'utf8')) as Pids;
});

afterEach(() => {
  program.kill('SIGKILL');
  for (const pid of [
    pids.obedient,
    pids.stubborn,
    pids.guardian,
    pidOf('obedient'),
    pidOf('stubborn'),
  ]) {
    if (pid !== undefined) signal(pid, 'SIGKILL');
  }
  rmSync(home, { recursive: true, force: true });
});

test('a supervisor that is killed leaves no orphan, not even one that ignores signals', async () => {
  program.kill('SIGKILL');
  await until(() => !isAlive(pids.obedient), 5_000);
  expect(isAlive(pids.stubborn)).toBe(true);
  await until(() => !isAlive(pids.stubborn));
  await until(() => !isAlive(pids.guardian));
});

test('a guardian that is killed is replaced by one that knows the same parts', async () => {
  signal(pids.guardian, 'SIGKILL');
  await until(() => !isAlive(pids.guardian));
  await new Promise((wait) => setTimeout(wait, 1_000));
  program.kill('SIGKILL');
  await until(() => !isAlive(pids.obedient) && !isAlive(pids.stubborn));
});

test('a part that crashes is reported with its last lines and started again', async () => {
  signal(pids.obedient, 'SIGKILL');
  await until(() => output.includes('obedient runs again'));
  expect(output).toContain('obedient ended (SIGKILL); it is started again in');
  expect(output).toContain('| last words');
  expect(pidOf('obedient')).not.toBe(pids.obedient);
  expect(isAlive(pidOf('obedient')!)).toBe(true);
  signal(pidOf('obedient')!, 'SIGKILL');
  await until(() => output.split('runs again').length === 3);
});

test('a stop ends every part, and kills one that does not stop within its limit', async () => {
  const ended = once(program, 'exit');
  program.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  expect([pids.obedient, pids.stubborn].filter(isAlive)).toEqual([]);
  expect(output).toContain('stubborn did not stop within 0.5 s and is killed');
  expect(output).not.toContain('obedient did not stop');
  await until(() => !isAlive(pids.guardian));
});

test('the next start ends what a killed supervisor and a killed guardian left running', async () => {
  signal(pids.guardian, 'SIGSTOP');
  program.kill('SIGKILL');
  await until(() => !isAlive(program.pid!));
  signal(pids.guardian, 'SIGKILL');
  expect([pids.obedient, pids.stubborn].filter(isAlive)).toHaveLength(2);
  const ended = await endLeftovers(join(home, 'run'), 300);
  expect(ended.sort()).toEqual(['obedient', 'stubborn']);
  expect([pids.obedient, pids.stubborn].filter(isAlive)).toEqual([]);
});
