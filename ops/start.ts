import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { startEngines } from '../runtime/engines.ts';
import type { Engines } from '../runtime/engines.ts';
import { packageRoot, leanSandbox } from '../runtime/folders.ts';
import { lockHome, prepareHome } from '../runtime/home.ts';
import { endLeftovers } from '../runtime/leftovers.ts';
import { nodeChild } from '../runtime/nodeChild.ts';
import { freePort, requirePort } from '../runtime/ports.ts';
import { createReporter } from '../runtime/progress.ts';
import { readOrMakeSecret } from '../runtime/secrets.ts';
import { Supervisor } from '../runtime/supervisor.ts';
import { namesServer } from '../runtime/temporal.ts';
import { AUDIT_KEY_FILE } from './audit.ts';
import { prepareDatabase } from './prepare.ts';
import { recoverOnStart } from './recover.ts';
import { policyInWords } from './startPolicy.ts';

/** `npm start` forwards the terminal's Ctrl-C to us, who got it already: that one is no second wish. */
const SAME_CTRL_C_MS = 1_000;

/**
 * Brings up PostgreSQL, Temporal, the worker and the API, keeps them running, and stops them on SIGINT, SIGTERM or
 * SIGHUP; a second signal kills them. Ends the process.
 * @throws Error that says what to do when something cannot start; what had started is stopped again.
 */
export async function start(): Promise<void> {
  const config = await readStartConfig();
  const report = createReporter(process.stderr, {
    json: config.NODE_ENV === 'production' && !process.stderr.isTTY,
    passTo: process.stdout,
  });
  prepareHome(config.home);
  const release = await lockHome(config.home, report);
  try {
    await report.wait('what a killed Provisor left running', () =>
      endLeftovers(join(config.home, 'run')),
    );
    await requirePort(config.PORT, config.HOST);
    await runUntilStopped(config, new Supervisor(config.home, report));
  } finally {
    await release();
  }
  process.exit(0);
}

/** PORT=0 asks for any free port: chosen here, so that each part is told the same one. */
async function readStartConfig(): Promise<Config> {
  const config = readConfig();
  if (config.PORT !== 0) return config;
  return readConfig({ ...process.env, PORT: String(await freePort()) });
}

async function runUntilStopped(config: Config, supervisor: Supervisor): Promise<void> {
  const stop = stopOnSignal(supervisor);
  try {
    await Promise.race([stop.done, bringUp(config, supervisor).then(() => stop.done)]);
  } catch (error) {
    // What is under way when the stop comes fails, as it should.
    if (!stop.isOrdered()) throw error;
  } finally {
    await supervisor.stop();
  }
}

/** `done` resolves when everything has stopped because a signal asked for it. */
function stopOnSignal(supervisor: Supervisor): { done: Promise<void>; isOrdered: () => boolean } {
  let since: number | undefined;
  const done = new Promise<void>((resolve, reject) => {
    const onSignal = () => {
      if (since === undefined) {
        since = Date.now();
        supervisor.report.say('Stopping. Once more (Ctrl-C) kills everything at once.');
        supervisor.stop().then(resolve, reject);
      } else if (Date.now() - since > SAME_CTRL_C_MS) {
        supervisor.kill();
        process.exit(130);
      }
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  });
  return { done, isOrdered: () => since !== undefined };
}

async function bringUp(config: Config, supervisor: Supervisor): Promise<void> {
  const { report } = supervisor;
  report.say(`Data: ${config.home}`);
  const engines = await startEngines({
    home: config.home,
    supervisor,
    databaseUrl: config.DATABASE_URL,
    namespace: config.TEMPORAL_NAMESPACE,
  });
  const { policy, madeKey } = await report.wait("Provisor's tables", () =>
    prepareDatabase({
      databaseUrl: engines.databaseUrl,
      bootstrapKey: config.PROVISOR_BOOTSTRAP_KEY,
      makeKey: () => randomBytes(32).toString('base64url'),
      policyFile: config.PROVISOR_POLICY,
    }),
  );
  for (const line of policyInWords(policy)) report.say(line);
  // A server of somebody's own may be the wrong one, with the right one still at work: there it takes "provisor recover".
  if (!namesServer(process.env)) {
    const { databaseUrl, temporalAddress, namespace } = engines;
    const recovered = await report.wait('records that Temporal does not know', () =>
      recoverOnStart(databaseUrl, temporalAddress, namespace),
    );
    if (recovered !== undefined) report.say(recovered);
  }
  if (config.SMTP_URL === undefined) report.say('Mail: SMTP_URL is not set, so no mail is sent.');
  try {
    await startParts(config, engines, supervisor);
  } catch (error) {
    // The key is kept only as a hash: a failure after this point must not lose it.
    if (madeKey !== undefined) showKey(madeKey);
    throw error;
  }
  showWelcome(config, madeKey);
}

async function startParts(config: Config, engines: Engines, supervisor: Supervisor) {
  const { report } = supervisor;
  const env = {
    ...process.env,
    ...engines.environment,
    PORT: String(config.PORT),
    HOST: config.HOST,
    PROVISOR_HOME: config.home,
    PROVISOR_SECRET: config.PROVISOR_SECRET ?? readOrMakeSecret(join(config.home, 'secret')),
    PROVISOR_AUDIT_KEY:
      config.PROVISOR_AUDIT_KEY ?? readOrMakeSecret(join(config.home, AUDIT_KEY_FILE)),
  };
  const part = (
    slug: string,
    name: string,
    entry: string,
    imports?: readonly string[],
    check?: (ended: AbortSignal) => Promise<void>,
  ) =>
    report.wait(`the ${name} to start`, () =>
      supervisor.start(
        slug,
        nodeChild({
          name,
          entry: join(packageRoot, entry),
          imports,
          env,
          check,
          onLine: (line) => {
            report.pass(line);
          },
        }),
      ),
    );
  await Promise.all([
    part('worker', 'worker', 'workers/main.ts', [leanSandbox()]),
    part('api', 'API', 'api/main.ts', [], (ended) => untilAlive(config, ended)),
  ]);
}

async function untilAlive(config: Config, ended: AbortSignal): Promise<void> {
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[config.HOST] ?? config.HOST;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.PORT}/livez`;
  for (;;) {
    ended.throwIfAborted();
    const alive = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (alive) return;
    await sleep(100);
  }
}

function showWelcome(config: Config, key: string | undefined): void {
  const lines = [`Provisor  ${config.publicUrl}`, `API docs  ${config.publicUrl}/docs`];
  if (config.PROVISOR_DEMO_SMTP_PORT !== undefined) {
    lines.push(
      `THIS IS A DEMO: no mail leaves this machine, and ${config.publicUrl}/demo asks for no key`,
    );
  }
  process.stdout.write(`\n${lines.join('\n')}\n`);
  if (key !== undefined) showKey(key);
  process.stdout.write('\nCtrl-C stops it.\n');
}

function showKey(key: string): void {
  process.stdout.write(`Admin key ${key}\n          shown only now: keep it\n`);
}
