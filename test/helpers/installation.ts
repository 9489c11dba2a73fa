import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { PolicyInput } from '../../domain/policy.ts';
import { runningEngines } from './database.ts';
import { until } from './system.ts';

export const adminKey = 'the-first-admin-key-of-an-end-to-end-test';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export type PartName = 'api' | 'worker' | 'temporal' | 'postgresql';

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface Installation {
  readonly url: string;
  /** PROVISOR_HOME: where its engines keep their data. */
  readonly home: string;
  /** Everything it printed. */
  output(): string;
  /** A request with the admin's key. */
  call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  pid(part: PartName): number | undefined;
  /** `kill -9`, and the wait until the supervisor has another one running. */
  kill(part: PartName): Promise<void>;
  /** Ctrl-C, then the same start on the same home. @param between what happens while nothing runs, to what is kept there */
  restart(between?: (home: string) => Promise<void>): Promise<void>;
  /** What "provisor audit verify" says of its database: its exit code, and its words. */
  verifyAudit(): Promise<{ readonly code: number; readonly said: string }>;
  /** Ctrl-C; then everything is gone. */
  stop(): Promise<void>;
}

/** `npm start` as a user runs it, with engines, home and port of its own. */
export async function startInstallation(
  policy: PolicyInput,
  env: NodeJS.ProcessEnv,
  options: readonly string[] = [],
): Promise<Installation> {
  const folder = mkdtempSync(join(runningEngines().home, '..', 'provisor-e2e-'));
  chmodSync(folder, 0o711);
  const home = join(folder, 'home');
  mkdirSync(home);
  const policyFile = join(folder, 'policy.json');
  writeFileSync(policyFile, JSON.stringify(policy));
  const port = await freePort();
  const program = resolve(__dirname, '../../bin/provisor.js');
  const environment = { ...process.env, PROVISOR_HOME: home };
  const run = () => {
    const started = spawn(process.execPath, [program, 'start', ...options], {
      env: {
        ...environment,
        NODE_ENV: 'production',
        PROVISOR_POLICY: policyFile,
        PROVISOR_BOOTSTRAP_KEY: adminKey,
        PROVISOR_WORKFLOW_BUNDLE: join(runningEngines().home, 'workflows.js'),
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    return started;
  };
  let output = '';
  let child = run();
  const url = `http://127.0.0.1:${port}`;
  const call: Installation['call'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };
  const pid = (part: PartName): number | undefined => {
    try {
      return (
        JSON.parse(readFileSync(join(home, 'run', `${part}.json`), 'utf8')) as { pid: number }
      ).pid;
    } catch {
      return undefined;
    }
  };
  const untilStarted = async (): Promise<void> => {
    const before = output.length;
    try {
      await until(
        'npm start',
        () => {
          if (child.exitCode !== null) throw new Error('npm start ended');
          return output.includes('API docs', before);
        },
        90_000,
      );
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${String(error)}\n${output}`);
    }
  };
  const end = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    await gone;
  };
  await untilStarted();
  return {
    url,
    home,
    output: () => output,
    pid,
    call,
    async kill(part) {
      const before = pid(part);
      if (before === undefined) throw new Error(`${part} does not run`);
      process.kill(before, 'SIGKILL');
      await until(`another ${part}`, () => ![before, undefined].includes(pid(part)), 30_000);
    },
    async restart(between) {
      await end();
      await between?.(home);
      child = run();
      await untilStarted();
    },
    verifyAudit: () =>
      new Promise((done) => {
        const args = [program, 'audit', 'verify'];
        const verify = execFile(process.execPath, args, { env: environment }, (_, out, err) => {
          done({ code: verify.exitCode ?? -1, said: out + err });
        });
      }),
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
