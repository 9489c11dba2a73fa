import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { installedChannels } from '../channels/index.ts';
import { createSlackReply } from '../channels/slackReply.ts';
import { createCalendars } from '../channels/calendars/index.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { createNotifier } from '../db/notify.ts';
import { createPool } from '../db/pool.ts';
import { createLogger } from '../log.ts';
import { processes } from '../processes/index.ts';
import { createEngine } from '../records/engine.ts';
import type { Engine } from '../records/engine.ts';
import { createApp } from './app.ts';
import type { ApiDeps } from './deps.ts';
import { startInboundSweep } from './inboundSweep.ts';
import { startMailOf } from './mail/fromConfig.ts';
import { startPingReception } from './pingReception.ts';
import { createTemporalHealth } from './temporalHealth.ts';
import { startWatch } from './watch.ts';

/** Requests under way may end, but a client that never does must not keep the process. */
const DRAIN_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;

async function listen(server: Server, { HOST, PORT }: Config): Promise<void> {
  server.requestTimeout = REQUEST_WITHIN_MS;
  server.listen(PORT, HOST);
  await once(server, 'listening');
}

/** Resolves when a signal came and the last request has its answer. */
async function untilStopped(server: Server, log: Logger): Promise<void> {
  const stop = new AbortController();
  // `disconnect`: whoever started us is gone, and nobody would stop us any more.
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  await once(stop.signal, 'abort');
  log.info('stopping: requests under way are answered');
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_WITHIN_MS);
  await closed;
  clearTimeout(late);
}

/** The demo's pages and mail server, with `provisor start --demo` alone. */
async function startDemo(config: Config, engine: Engine): Promise<ApiDeps['demo']> {
  const { PROVISOR_DEMO_SMTP_PORT: smtpPort, HOST, PORT, home, publicUrl } = config;
  if (smtpPort === undefined) return undefined;
  if (!['127.0.0.1', 'localhost', '::1'].includes(HOST)) {
    throw new Error('the demo asks nobody for a key: it runs on loopback only (HOST)');
  }
  const { startStage } = await import('../demo/stage.ts');
  const url = `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`;
  return { stage: await startStage({ engine, url, home, smtpPort }), publicUrl };
}

async function main(): Promise<void> {
  const config = readConfig();
  const { DATABASE_URL, PROVISOR_SECRET } = config;
  if (DATABASE_URL === undefined) {
    throw new Error('DATABASE_URL is not set: "provisor start" brings its own PostgreSQL');
  }
  if (PROVISOR_SECRET === undefined) {
    throw new Error(
      'PROVISOR_SECRET is not set: it signs links, and must be the same for API and worker',
    );
  }
  const log = createLogger(config, 'api');
  const pool = createPool(DATABASE_URL, config.DATABASE_POOL);
  const engine = createEngine({ pool, processes, onWake: createNotifier(pool) });
  const temporal = createTemporalHealth({
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
  });
  const demo = await startDemo(config, engine);
  const channels = await installedChannels(config, PROVISOR_SECRET);
  const app = createApp({
    engine,
    logger: log,
    temporalHealth: temporal.check,
    secret: PROVISOR_SECRET,
    rateLimits: {
      callsPerMinute: config.PROVISOR_CALLS_PER_MINUTE,
      failuresPerMinute: config.PROVISOR_FAILURES_PER_MINUTE,
    },
    trustedProxies: config.PROVISOR_TRUSTED_PROXIES,
    publicUrl: config.publicUrl,
    channels,
    providers: {
      slackSigningSecret: config.SLACK_SIGNING_SECRET,
      twilioAuthToken: config.TWILIO_AUTH_TOKEN,
      slackReply: createSlackReply({
        apiUrl: config.SLACK_API_URL,
        allowed: config.PROVISOR_OUTBOUND_ALLOW,
      }),
    },
    calendars: createCalendars({ allowed: config.PROVISOR_OUTBOUND_ALLOW }),
    demo,
  });
  const stopSweep = startInboundSweep({ engine, logger: log });
  const server = createServer(app);
  const mail = await startMailOf(config, PROVISOR_SECRET, engine, log);
  await listen(server, config);
  process.send?.({ ready: true });
  log.info({ url: config.publicUrl }, 'the API listens');
  const pingReception = startPingReception(pool, log);
  const watch = startWatch({
    pool,
    log,
    temporalHealth: temporal.check,
    channels,
    email: config.PROVISOR_WATCH_EMAIL,
    webhook: config.PROVISOR_WATCH_WEBHOOK,
    publicUrl: config.publicUrl,
  });
  await untilStopped(server, log);
  await Promise.all([watch.stop(), pingReception.stop()]);
  await mail?.close();
  await stopSweep();
  await demo?.stage.close();
  await temporal.close();
  await pool.end();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `The API ended: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  },
);
