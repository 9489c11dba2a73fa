import type { RequestHandler, Router } from 'express';
import { Gauge, Histogram, Registry } from 'prom-client';
import { deadEffects } from '../db/health.ts';
import { countInbound } from '../db/inbound.ts';
import { countStalled } from '../db/stalled.ts';
import { wakeBacklog } from '../db/wakes.ts';
import { readLateness, readWatch } from '../db/watch.ts';
import type { ApiDeps } from './deps.ts';
import { methods } from './route.ts';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Metrics {
  readonly registry: Registry;
  /** Measures each request by its route's template, so that no record's number becomes a label. */
  readonly observe: RequestHandler;
}

export function createMetrics(deps: ApiDeps): Metrics {
  const registry = new Registry();
  const duration = new Histogram({
    name: 'provisor_http_request_duration_seconds',
    help: 'How long requests took, by route, method and status',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  const observe: RequestHandler = (req, res, next) => {
    const stop = duration.startTimer();
    res.on('finish', () => {
      const route = req.route as { path?: unknown } | undefined;
      const path = typeof route?.path === 'string' ? route.path : 'none';
      stop({ method: req.method, route: path, status: res.statusCode });
    });
    next();
  };
  addGauges(registry, deps);
  return { registry, observe };
}

/** Read when Prometheus asks; NaN says that the database did not answer. */
function addGauges(registry: Registry, { engine, temporalHealth }: ApiDeps): void {
  const gauge = (name: string, help: string, read: () => Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read().catch(() => Number.NaN));
      },
    });
  };
  gauge(
    'provisor_wakes_waiting',
    'Records whose workflow must look again and has not',
    async () => (await wakeBacklog(engine.pool)).waiting,
  );
  gauge(
    'provisor_oldest_wake_seconds',
    'How long the oldest of them waits',
    async () => (await wakeBacklog(engine.pool)).oldestSeconds,
  );
  gauge(
    'provisor_oldest_page_seconds',
    'How long the oldest page waits that is due and was not tried',
    async () => (await readLateness(engine.pool, engine.clock())).pageSeconds,
  );
  gauge(
    'provisor_timers_late',
    'Timers of records and heartbeats that are more than a minute late',
    async () => (await readLateness(engine.pool, engine.clock())).timers,
  );
  const since = (at: number | null): number => (at === null ? 0 : (Date.now() - at) / 1_000);
  gauge('provisor_watch_outage_seconds', 'For how long paging is out; 0 while it works', async () =>
    since((await readWatch(engine.pool)).outageSince),
  );
  gauge(
    'provisor_watch_heartbeat_age_seconds',
    'How long ago a worker told the monitor outside that paging works; NaN before the first time',
    async () => (await readWatch(engine.pool)).heartbeatSeconds ?? Number.NaN,
  );
  gauge('provisor_effects_dead', 'Effects that were given up', () => deadEffects(engine.pool));
  gauge(
    'provisor_answers_waiting',
    'Answers and reports from providers that were kept and have not had their effect',
    async () => (await countInbound(engine.pool)).waiting,
  );
  gauge(
    'provisor_answers_failed',
    'Answers and reports from providers that were given up within the last 30 days',
    async () => (await countInbound(engine.pool)).failed,
  );
  gauge('provisor_records_stalled', 'Records that their workflow cannot read or tick', () =>
    countStalled(engine.pool),
  );
  gauge('provisor_temporal_up', '1 when Temporal answers', async () =>
    (await temporalHealth()).up ? 1 : 0,
  );
  gauge('provisor_temporal_workers', '1 when a worker polls', async () =>
    (await temporalHealth()).workers ? 1 : 0,
  );
}

export function metricsRoutes(router: Router, { registry }: Metrics): void {
  methods(router, '/metrics', {
    get: async (_req, res) => {
      res.set('Content-Type', registry.contentType).send(await registry.metrics());
    },
  });
}
