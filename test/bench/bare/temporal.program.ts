/** The bare Temporal: a worker with the settings of ours, workflows of a few lines, and no Provisor. */
import { request } from 'node:http';
import { once } from 'node:events';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createPool } from '../../../db/pool.ts';

const {
  DATABASE_URL = '',
  TEMPORAL_ADDRESS = '',
  TEMPORAL_NAMESPACE = '',
  HOOK = '',
  BARE_BUNDLE = '',
} = process.env;
const POOL = 12;
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

Runtime.install({ shutdownSignals: [], logger: quiet });
const pool = createPool(DATABASE_URL, POOL);
await pool.query(`
  create table if not exists looks (number text primary key);
  create table if not exists timers (number text primary key, due_at timestamptz not null, recorded_at timestamptz not null)`);

const activities = {
  async postHook(subject: string): Promise<void> {
    const sent = request(HOOK, { method: 'POST', headers: { 'content-type': 'application/json' } });
    sent.end(JSON.stringify({ subject }));
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    await once(response.resume(), 'end');
  },
  async noteLook(number: string): Promise<void> {
    await pool.query({
      name: 'look',
      text: 'insert into looks (number) values ($1) on conflict do nothing',
      values: [number],
    });
  },
  /** @param dueAt epoch milliseconds */
  async noteTimer(number: string, dueAt: number): Promise<void> {
    await pool.query({
      name: 'timer',
      text: 'insert into timers (number, due_at, recorded_at) values ($1, $2, $3) on conflict do nothing',
      values: [number, new Date(dueAt).toISOString(), new Date().toISOString()],
    });
  },
};
export type BareActivities = typeof activities;

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: TEMPORAL_ADDRESS }),
  namespace: TEMPORAL_NAMESPACE,
  taskQueue: 'bare',
  workflowBundle: { codePath: BARE_BUNDLE },
  activities,
  maxCachedWorkflows: 2_000,
  maxConcurrentLocalActivityExecutions: 20,
});
process.once('SIGTERM', () => {
  worker.shutdown();
});
const running = worker.run();
process.send?.({ ready: true });
await running;
process.exit(0);
