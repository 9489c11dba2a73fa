import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { leanSandbox } from '../../runtime/folders.ts';

interface Seen {
  /** Promises that a hook of the SDK's shape was told of. */
  readonly promises: number;
  /** Whether a script was ended at its time limit. */
  readonly limited: boolean;
  /** What AsyncLocalStorage kept over an await: the SDK's cancellation scopes need it. */
  readonly kept: string;
}

const look = `
  const { AsyncLocalStorage } = require('node:async_hooks');
  const { promiseHooks } = require('node:v8');
  const vm = require('node:vm');
  async function look() {
    let promises = 0;
    const end = promiseHooks.createHook({ init: () => { promises += 1; }, settled() {} });
    const storage = new AsyncLocalStorage();
    const kept = await storage.run('kept', async () => {
      await null;
      return storage.getStore();
    });
    end();
    const context = vm.createContext({ now: () => Date.now(), until: Date.now() + 100 });
    let limited = false;
    try {
      new vm.Script('while (now() < until);').runInContext(context, { timeout: 5 });
    } catch {
      limited = true;
    }
    return { promises, limited, kept };
  }`;

const inThread = `${look}
  look().then((seen) => require('node:worker_threads').parentPort.postMessage(seen));`;

const inMain = `${look}
  const { Worker } = require('node:worker_threads');
  new Worker(process.argv[2]).once('message', async (thread) => {
    console.log(JSON.stringify({ thread, main: await look() }));
  });`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'provisor-sandbox-'));
  writeFileSync(join(folder, 'thread.cjs'), inThread);
  writeFileSync(join(folder, 'main.cjs'), inMain);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function seen(...nodeOptions: string[]): Promise<{ thread: Seen; main: Seen }> {
  const args = [...nodeOptions, join(folder, 'main.cjs'), join(folder, 'thread.cjs')];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as { thread: Seen; main: Seen };
}

test('in threads no promise is traced and no script has a time limit; in the main thread all is as Node made it', async () => {
  const { thread, main } = await seen('--import', leanSandbox());
  expect(thread).toEqual({ promises: 0, limited: false, kept: 'kept' });
  expect(main).toEqual({ promises: expect.any(Number) as number, limited: true, kept: 'kept' });
  expect(main.promises).toBeGreaterThan(0);
});

test('without it, threads trace promises and end scripts too: what it leaves out is there', async () => {
  const { thread } = await seen();
  expect(thread).toMatchObject({ limited: true, kept: 'kept' });
  expect(thread.promises).toBeGreaterThan(0);
});
