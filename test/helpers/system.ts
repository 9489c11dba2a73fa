import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../activities/index.ts';
import type { Channel, OutboundMessage } from '../../channels/channel.ts';
import { storeIdentity } from '../../db/identity.ts';
import type { Namespace } from '../../db/identity.ts';
import { createNotifier, listenForWakes } from '../../db/notify.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import { processes } from '../../processes/index.ts';
import { createEngine } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { ensureNamespace } from '../../runtime/namespace.ts';
import { startHeartbeatStarter } from '../../workers/heartbeats.ts';
import { startRelay } from '../../workers/relay.ts';
import type { RelayOptions } from '../../workers/relay.ts';
import { readNamespace, sendHeartbeat, sendWake } from '../../workers/temporal.ts';
import { runWorkers } from '../../workers/worker.ts';
import { createTestDatabase, runningEngines } from './database.ts';
import type { TestDatabase } from './database.ts';

export const testSecret = 'a-secret-for-tests-of-32-characters!';

export interface TestSystem {
  readonly engine: Engine;
  readonly database: TestDatabase;
  readonly client: Client;
  readonly namespace: string;
  /** The identity of its namespace. */
  readonly identity: Namespace;
  /** What was handed to the channels, in order. */
  readonly sent: (OutboundMessage & { readonly channel: ChannelKind })[];
  stop(): Promise<void>;
}

export interface TestSystemOptions {
  /** Called before each message counts as sent: it may throw, wait, or count. */
  readonly onSend?: (message: OutboundMessage, channel: ChannelKind) => Promise<void> | void;
  readonly relay?: Partial<RelayOptions>;
  /** Channels that really send: what goes by them is not among `sent`. */
  readonly channels?: Readonly<Record<string, Channel>>;
  /** Another system's: this one works on it beside or after that one, and does not drop it. */
  readonly database?: TestDatabase;
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
let installed = false;

/** One SDK runtime a process, which leaves signals alone and does not talk. */
export function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ shutdownSignals: [], logger: { ...silent, log() {} } });
}

/** Worker, relay and engine in this process, on the real servers, in a namespace and a database of their own. Messages are collected instead of sent. */
export async function startTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  const { temporalAddress, home } = runningEngines();
  quietRuntime();
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const database = options.database ?? (await createTestDatabase(16));
  await ensureNamespace({ address: temporalAddress }, namespace);
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const client = new Client({
    connection: await Connection.connect({ address: temporalAddress }),
    namespace,
  });
  const identity = await readNamespace(client);
  if (options.database === undefined) await storeIdentity(database.pool, identity, Date.now());
  const engine = createEngine({
    pool: database.pool,
    processes,
    onWake: createNotifier(database.pool),
  });

  const sent: TestSystem['sent'] = [];
  const channel = (name: ChannelKind): Channel => ({
    async send(message) {
      await options.onSend?.(message, name);
      sent.push({ ...message, channel: name });
      return { detail: 'collected' };
    },
  });
  const fromKinds = (make: (kind: ChannelKind) => Channel) =>
    Object.fromEntries(channelKinds.map((kind) => [kind, make(kind)])) as Record<
      ChannelKind,
      Channel
    >;
  const activities = createActivities({
    engine,
    config: { publicUrl: 'http://provisor.test' },
    secret: testSecret,
    channels: { ...fromKinds(channel), ...options.channels },
    workflows: client.workflow,
    driver: identity.id,
  });
  const workers = await runWorkers({
    connection,
    namespace,
    workflowBundle: { codePath: join(home, 'workflows.js') },
    activities,
    shutdownGraceTime: '1 second',
  });
  const log = pino({ level: 'silent' });
  const relay = startRelay({
    pool: database.pool,
    log,
    driver: identity.id,
    send: (wake) => sendWake(client, wake),
    ...options.relay,
  });
  const heartbeats = startHeartbeatStarter({
    pool: database.pool,
    log,
    driver: identity.id,
    send: (id) => sendHeartbeat(client, id),
    everyMs: 200,
  });
  const stopListening = listenForWakes(database.url, () => {
    relay.poke();
  });
  return {
    engine,
    database,
    client,
    namespace,
    identity,
    sent,
    async stop() {
      const folder = process.env['PROVISOR_RECORD_HISTORIES'];
      if (folder !== undefined) await recordHistories(client, folder);
      await relay.stop();
      await heartbeats.stop();
      await stopListening();
      workers.shutdown();
      await workers.done;
      await connection.close();
      await client.connection.close();
      if (options.database === undefined) await database.drop();
    },
  };
}

/** Writes the histories of all finished and running workflows, for the replay tests. */
async function recordHistories(client: Client, folder: string): Promise<void> {
  const counts: Record<string, number> = {};
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const count = (counts[type] = (counts[type] ?? 0) + 1);
    const bytes = temporal.api.history.v1.History.encode(history).finish();
    writeFileSync(join(folder, `${type}-${count}.history`), bytes);
  }
}

/** Waits until `check` gives a value; the error of a wait that is too long says what was waited for. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 15_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
