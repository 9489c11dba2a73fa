import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createChannels } from '../activities/channels/index.ts';
import { createActivities } from '../activities/index.ts';
import { readConfig } from '../config.ts';
import { createNotifier, listenForWakes } from '../db/notify.ts';
import { createPool } from '../db/pool.ts';
import { createLogger } from '../log.ts';
import { processes } from '../processes/index.ts';
import { createEngine } from '../records/engine.ts';
import { workflowBundle } from './bundle.ts';
import { startRelay } from './relay.ts';
import { lazyClient, sendWake, temporalConfig } from './temporal.ts';
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
  const client = lazyClient();
  const secret = config.PROVISOR_SECRET;
  const channels = createChannels(config, secret);
  const activities = createActivities({
    engine,
    config,
    secret,
    channels,
    workflows: client.workflow,
  });

  const [bundle, connection] = await Promise.all([
    workflowBundle(process.env['PROVISOR_WORKFLOW_BUNDLE']),
    connect(log),
  ]);
  const workers = await runWorkers({
    connection,
    namespace: temporalConfig().namespace,
    workflowBundle: bundle,
    activities,
  });
  const relay = startRelay({ pool, log, send: (wake) => sendWake(client, wake) });
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
  await stopListening();
  await relay.stop();
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
