import type { Router } from 'express';
import { missingMigrations, takesWrites } from '../db/health.ts';
import { wakeBacklog } from '../db/wakes.ts';
import { formatDuration, SECOND } from '../domain/time.ts';
import type { HealthView } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { methods } from './route.ts';
import { isUnavailable } from './unavailable.ts';

type Check = HealthView['checks'][string];

/** A wake that nobody took for so long: the relay is behind, or there is none. */
const WAKES_LATE_SECONDS = 30;

async function checkDatabase({ engine }: ApiDeps): Promise<Record<string, Check>> {
  try {
    if (!(await takesWrites(engine.pool))) {
      return {
        database: { status: 'down', detail: 'is read-only: it is a standby, or was set so' },
      };
    }
    const missing = await missingMigrations(engine.pool);
    if (missing.length > 0) {
      const detail = `missing: ${missing.join(', ')}; run "provisor migrate"`;
      return {
        database: { status: 'ok', detail: 'answers' },
        migrations: { status: 'down', detail },
      };
    }
    const { waiting, oldestSeconds } = await wakeBacklog(engine.pool);
    const late = waiting > 0 && oldestSeconds > WAKES_LATE_SECONDS;
    const wait = waiting === 0 ? '' : `; the oldest for ${formatDuration(oldestSeconds * SECOND)}`;
    return {
      database: { status: 'ok', detail: 'answers' },
      migrations: { status: 'ok', detail: 'all applied' },
      wakes: {
        status: late ? 'degraded' : 'ok',
        detail: `records that wait for their workflow: ${waiting}${wait}`,
      },
    };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { database: { status: 'down', detail: 'does not answer' } };
  }
}

async function checkTemporal({ temporalHealth }: ApiDeps): Promise<Record<string, Check>> {
  const { up, workers, detail } = await temporalHealth();
  return {
    temporal: up ? { status: 'ok', detail: 'answers' } : { status: 'degraded', detail },
    worker: { status: workers ? 'ok' : 'degraded', detail },
  };
}

/** Ready as long as records can be written; what else is missing makes it degraded, with what that means. */
export async function readHealth(deps: ApiDeps): Promise<HealthView> {
  const [database, temporal] = await Promise.all([checkDatabase(deps), checkTemporal(deps)]);
  const checks = { ...database, ...temporal };
  const all = Object.values(checks).map(({ status }) => status);
  const status = all.includes('down') ? 'down' : all.includes('degraded') ? 'degraded' : 'ok';
  return { status, checks };
}

/** For supervisors and load balancers: `/livez` says that the process answers, `/readyz` whether it can work. */
export function healthRoutes(router: Router, deps: ApiDeps): void {
  methods(router, '/livez', {
    get: (_req, res) => {
      res.json({ status: 'ok' });
    },
  });
  methods(router, '/readyz', {
    get: async (_req, res) => {
      const health = await readHealth(deps);
      res
        .status(health.status === 'down' ? 503 : 200)
        .set('Cache-Control', 'no-store')
        .json(health);
    },
  });
}
