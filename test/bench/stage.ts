import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { createPool } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { prepareDatabase } from '../../ops/prepare.ts';
import { leanSandbox } from '../../runtime/folders.ts';
import { freePort } from '../../runtime/ports.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { testPolicy } from '../helpers/policy.ts';
import { escalatingServices } from './escalatingServices.ts';
import { cleanEnvironment, startDurableEngines } from './engines.ts';
import { startHooks } from './hooks.ts';
import type { Hooks } from './hooks.ts';
import { root, startPart } from './parts.ts';
import type { Part } from './parts.ts';

const ADMIN_KEY = 'the-admin-key-of-a-run-of-the-bench-00001';
const SECRET = 'the-secret-of-a-run-of-the-bench-0000001';

/** Everything that rows measure on. */
export interface Stage {
  readonly api: {
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly pid: number;
  };
  /** The bare API. */
  readonly bare: { readonly url: string; readonly pid: number };
  readonly postgresPid: number;
  readonly temporalPid: number;
  readonly hooks: Hooks;
  /** Provisor's database. */
  readonly pool: Pool;
  readonly barePool: Pool;
  readonly client: Client;
  /** Our worker with the relay: runs or not, as a row wants it. @returns its process, 0 when it does not run */
  worker(runs: boolean): Promise<number>;
  /** The bare engine's worker: the same. */
  bareWorker(runs: boolean): Promise<number>;
}

export interface StageOptions {
  /** Where CPU profiles of API and worker go. */
  readonly profiles?: string | undefined;
  readonly onLost: (error: Error) => void;
}

type Clean = (failed: boolean) => Promise<void> | void;
type Cleaner = (clean: Clean) => void;

/** The last faults that the parts logged: why a run failed is seldom known to the one who called. */
function showFaults(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    const faults = lines.filter((line) => /"level":[56]0/.test(line)).slice(-3);
    for (const fault of faults) process.stderr.write(`${name}: ${fault}\n`);
  }
}

/** A process that can be stopped and started again. */
function switchable(start: () => Promise<Part>): {
  turn: Stage['worker'];
  stop: () => Promise<void>;
} {
  let running: Part | undefined;
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  return {
    stop,
    async turn(runs) {
      if (!runs) await stop();
      else running ??= await start();
      return running?.pid ?? 0;
    },
  };
}

async function createDatabases(superuserUrl: string, onClose: Cleaner) {
  const admin = createPool(superuserUrl, 1);
  const made = async (name: string): Promise<{ url: string; pool: Pool }> => {
    await admin.query(`create database ${name}`);
    const url = new URL(superuserUrl);
    url.pathname = `/${name}`;
    const pool = createPool(url.href, 4);
    onClose(() => pool.end());
    return { url: url.href, pool };
  };
  const ours = await made('bench_provisor');
  const bare = await made('bench_bare');
  await admin.end();
  return { ours, bare };
}

/** Ann alone can be reached of those whom a P1 means, by webhook, and it pages her once: nothing else goes out and disturbs what is measured next. */
function benchPolicy(hook: string): PolicyInput {
  const { people, teams, serviceLevels, services, escalations } = escalatingServices(hook);
  return {
    ...testPolicy,
    people: {
      ann: { name: 'Ann', webhook: hook },
      bob: { name: 'Bob' },
      cyd: { name: 'Cyd' },
      ...people,
    },
    teams: { operations: { name: 'Operations', members: ['bob', 'cyd'] }, ...teams },
    serviceLevels: { ...testPolicy.serviceLevels, ...serviceLevels },
    services: { ...testPolicy.services, ...services },
    escalations: {
      standard: { priorities: [1, 2], steps: [{ to: [{ person: 'ann' }], wait: '2h' }], repeat: 0 },
      ...escalations,
    },
  };
}

/** Builds the stage; what was built is noted with `onClose`, also when it fails half way. */
async function build({ profiles, onLost }: StageOptions, onClose: Cleaner): Promise<Stage> {
  const { engines, stop } = await startDurableEngines();
  onClose(stop);
  const { ours, bare } = await createDatabases(engines.databaseUrl, onClose);
  const hooks = await startHooks();
  onClose(() => hooks.close());
  const folder = mkdtempSync(join(engines.home, 'bench-'));
  onClose((failed) => {
    if (failed) showFaults(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  const policyFile = join(folder, 'policy.json');
  writeFileSync(policyFile, JSON.stringify(benchPolicy(hooks.url)));
  await prepareDatabase({
    databaseUrl: ours.url,
    bootstrapKey: ADMIN_KEY,
    makeKey: () => ADMIN_KEY,
    policyFile,
  });
  // Made here for both workers: making it takes memory that is not the worker's.
  const bundle = await workflowBundle(undefined);
  if (!('code' in bundle)) throw new Error('the bundle has no code');
  const bundleFile = join(folder, 'workflows.js');
  writeFileSync(bundleFile, bundle.code);
  const workflowsPath = join(root, 'test/bench/bare/workflows.ts');
  const bareBundle = await bundleWorkflowCode({
    workflowsPath,
    logger: new DefaultLogger('ERROR'),
  });
  const bareBundleFile = join(folder, 'bare-workflows.js');
  writeFileSync(bareBundleFile, bareBundle.code);
  // A developer's own profile must not reach these clients.
  const profileFile = join(folder, 'client.toml');
  writeFileSync(profileFile, '[profile.default]\n');

  const port = await freePort();
  const env = {
    ...cleanEnvironment,
    NODE_ENV: 'production',
    TEMPORAL_ADDRESS: engines.temporalAddress,
    TEMPORAL_NAMESPACE: engines.namespace,
    TEMPORAL_CONFIG_FILE: profileFile,
    PROVISOR_HOME: folder,
    PROVISOR_SECRET: SECRET,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
    // Counted, never reached.
    PROVISOR_CALLS_PER_MINUTE: '10000000',
    PROVISOR_WORKFLOW_BUNDLE: bundleFile,
    PORT: String(port),
    HOOK: hooks.url,
    BARE_BUNDLE: bareBundleFile,
  };
  const start = (
    name: string,
    entry: string,
    url: string,
    nodeOptions: readonly string[] = [],
  ): Promise<Part> =>
    startPart({ name, entry, env: { ...env, DATABASE_URL: url }, folder, nodeOptions, onLost });
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const api = await start('api', 'api/main.ts', ours.url, profiling);
  onClose(() => api.stop());
  const insert = await start('bare-insert', 'test/bench/bare/insert.program.ts', bare.url);
  onClose(() => insert.stop());
  const worker = switchable(() =>
    start('worker', 'workers/main.ts', ours.url, [...profiling, ...['--import', leanSandbox()]]),
  );
  onClose(worker.stop);
  const bareWorker = switchable(() =>
    start('bare-worker', 'test/bench/bare/temporal.program.ts', bare.url),
  );
  onClose(bareWorker.stop);
  const connection = await Connection.connect({ address: engines.temporalAddress });
  onClose(() => connection.close());
  const { port: barePort } = insert.ready as { port: number };
  return {
    api: {
      url: `http://127.0.0.1:${port}`,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      pid: api.pid,
    },
    bare: { url: `http://127.0.0.1:${barePort}`, pid: insert.pid },
    postgresPid: engines.pids.postgres ?? 0,
    temporalPid: engines.pids.temporal ?? 0,
    hooks,
    pool: ours.pool,
    barePool: bare.pool,
    client: new Client({ connection, namespace: engines.namespace }),
    worker: worker.turn,
    bareWorker: bareWorker.turn,
  };
}

/** Runs `work` on a stage of its own, and clears it away whatever happens. */
export async function onStage<T>(
  options: StageOptions,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const cleaners: Clean[] = [];
  let failed = true;
  try {
    const stage = await build(options, (clean) => cleaners.push(clean));
    const result = await work(stage);
    failed = false;
    return result;
  } finally {
    for (const clean of cleaners.reverse()) {
      await Promise.resolve(clean(failed)).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
      });
    }
  }
}
