import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createCalendars } from '../channels/calendars/index.ts';
import { installedChannels } from '../channels/index.ts';
import { sendsEnded } from '../activities/atOnce.ts';
import { createActivities } from '../activities/index.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { adoptNamespace } from '../db/identity.ts';
import type { Namespace } from '../db/identity.ts';
import { createNotifier, listenForWakes } from '../db/notify.ts';
import { createPool } from '../db/pool.ts';
import type { Pool } from '../db/pool.ts';
import { createLogger } from '../log.ts';
import { processes } from '../processes/index.ts';
import { createEngine } from '../records/engine.ts';
import { createSigner } from '../records/signer.ts';
import { workflowBundle } from './bundle.ts';
import { startCalendarRefresh } from './calendars.ts';
import { noteChannels } from './channelSetup.ts';
import { startCheckpoints } from './checkpoints.ts';
import { startHeartbeatStarter } from './heartbeats.ts';
import { startHeldPagesSweep } from './heldPages.ts';
import { startOnCallWarnings } from './onCallWarnings.ts';
import { startRelay } from './relay.ts';
import { startWatchHeartbeat } from './watchHeartbeat.ts';
import { lazyClient, readNamespace, sendHeartbeat, sendWake, temporalConfig } from './temporal.ts';
import { runWorkers } from './worker.ts';

const RETRY_MS = 2_000;

/** The SDK's warnings and errors in our log; what it says besides is of use to its own developers only. */
function sdkLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (level === 'ERROR') log.error(meta ?? {}, message);
    else log.warn(meta ?? {}, message);
  });
}

/** Connects to Temporal, for as long as it takes: until then pages and timers wait, and nothing is lost. */
async function connect(log: Logger): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect(temporalConfig().connectionOptions);
    } catch (error) {
      log.warn({ error: String(error) }, 'Temporal does not answer: timers and pages wait');
      await sleep(RETRY_MS);
    }
  }
}

/** Learns which namespace this worker serves, for as long as it takes; the first worker on a database gives it to its namespace. */
async function identify(client: Client, pool: Pool, log: Logger): Promise<Namespace> {
  for (;;) {
    try {
      const namespace = await readNamespace(client);
      if (!(await adoptNamespace(pool, namespace, Date.now()))) tellSuperseded(log, namespace);
      return namespace;
    } catch (error) {
      log.warn({ error: String(error) }, 'the namespace is not known yet: timers and pages wait');
      await sleep(RETRY_MS);
    }
  }
}

function tellSuperseded(log: Logger, { name, id }: Namespace): void {
  log.error(
    { namespace: name, id },
    'another Temporal namespace drives the records, so this worker does nothing: run "provisor recover" if this one should drive them',
  );
}

const TELL_EVERY_MS = 60_000;

/** Says now and then that this worker does nothing, and ends it when its namespace was made anew: the next one learns the new identity. */
function supersededWatch(client: Client, log: Logger, served: Namespace, end: () => void) {
  let toldAt = 0;
  return async (): Promise<void> => {
    if (Date.now() - toldAt >= TELL_EVERY_MS) {
      toldAt = Date.now();
      tellSuperseded(log, served);
    }
    const { id } = await readNamespace(client);
    if (id === served.id) return;
    log.warn({ was: served.id, is: id }, 'the namespace was made anew: this worker ends');
    end();
  };
}

const MINUTE_MS = 60_000;

/** Checkpoints need no Temporal: they are taken also while it is away. */
function checkpointTimer(config: Config, pool: Pool, log: Logger) {
  if (config.PROVISOR_AUDIT_KEY === undefined) {
    log.warn('PROVISOR_AUDIT_KEY is not set: this worker takes no signed audit checkpoints');
    return { stop: () => Promise.resolve() };
  }
  const everyMs = config.PROVISOR_AUDIT_MINUTES * MINUTE_MS;
  const signer = createSigner(config.PROVISOR_AUDIT_KEY);
  return startCheckpoints({ pool, log, signer, everyMs, file: config.PROVISOR_AUDIT_FILE });
}

interface Served {
  readonly pool: Pool;
  readonly log: Logger;
  readonly client: Client;
  readonly served: Namespace;
}

/** Tells a monitor outside that paging works, where one is named. */
function watchHeartbeatOf(config: Config, { pool, log, client, served }: Served) {
  const { PROVISOR_WATCH_HEARTBEAT_URL: url, PROVISOR_OUTBOUND_ALLOW: allowed } = config;
  if (url === undefined) return { stop: () => Promise.resolve() };
  const isServed = async (): Promise<boolean> => (await readNamespace(client)).id === served.id;
  return startWatchHeartbeat({ pool, log, url, driver: served.id, isServed, allowed });
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLogger(config, 'worker');
  if (config.DATABASE_URL === undefined)
    throw new Error('DATABASE_URL is not set: the worker needs the database that the API uses');
  if (config.PROVISOR_SECRET === undefined)
    throw new Error(
      'PROVISOR_SECRET is not set: it signs links and webhooks, and must be the same for API and worker',
    );
  Runtime.install({ shutdownSignals: [], logger: sdkLogger(log) });

  const pool = createPool(config.DATABASE_URL, config.DATABASE_POOL);
  const engine = createEngine({ pool, processes, onWake: createNotifier(pool) });
  const checkpoints = checkpointTimer(config, pool, log);
  const calendarRefresh = startCalendarRefresh({
    engine,
    log,
    calendars: createCalendars({ allowed: config.PROVISOR_OUTBOUND_ALLOW }),
  });
  const client = lazyClient();
  const secret = config.PROVISOR_SECRET;
  const channels = await installedChannels(config, secret);
  const { publicUrl } = config;
  const heldPages = startHeldPagesSweep({ engine, log });
  const onCallWarnings = startOnCallWarnings({ engine, log, channels, publicUrl });

  const [bundle, [connection, served]] = await Promise.all([
    workflowBundle(process.env['PROVISOR_WORKFLOW_BUNDLE']),
    connect(log).then(async (open) => [open, await identify(client, pool, log)] as const),
    noteChannels(pool, channels, log),
  ]);
  const activities = createActivities({
    engine,
    config,
    secret,
    channels,
    workflows: client.workflow,
    driver: served.id,
  });
  const workers = await runWorkers({
    connection,
    namespace: temporalConfig().namespace,
    workflowBundle: bundle,
    activities,
  });
  const relay = startRelay({
    pool,
    log,
    driver: served.id,
    send: (wake) => sendWake(client, wake),
    onSuperseded: supersededWatch(client, log, served, workers.shutdown),
  });
  const heartbeats = startHeartbeatStarter({
    pool,
    log,
    driver: served.id,
    send: (id) => sendHeartbeat(client, id),
  });
  const watchHeartbeat = watchHeartbeatOf(config, { pool, log, client, served });
  const stopListening = listenForWakes(config.DATABASE_URL, () => {
    relay.poke();
  });
  // `disconnect`: whoever started us is gone, and nobody would stop us any more.
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.once(signal, workers.shutdown);
  }
  process.send?.({ ready: true });
  log.info('the worker runs');

  await workers.done;
  await sendsEnded();
  await stopListening();
  await relay.stop();
  await heartbeats.stop();
  await watchHeartbeat.stop();
  await checkpoints.stop();
  await calendarRefresh.stop();
  await heldPages.stop();
  await onCallWarnings.stop();
  await connection.close();
  await client.connection.close();
  await pool.end();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `The worker ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
