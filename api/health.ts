import type { Router } from 'express';
import { missingMigrations, takesWrites } from '../db/health.ts';
import { readPaging } from '../records/paging.ts';
import type { PagingPart } from '../records/paging.ts';
import type { HealthView } from './contract.ts';
import type { ApiDeps } from './deps.ts';
import { Query } from './query.ts';
import { methods } from './route.ts';
import { isUnavailable } from './unavailable.ts';

type Check = HealthView['checks'][string];

/** What has to be done for a page and waits too long makes this instance not ready; a timer that is late, only degraded. */
function pagingCheck({ isLate, detail }: PagingPart, late: 'down' | 'degraded'): Check {
  return { status: isLate ? late : 'ok', detail };
}

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
    const { wakes, pages, timers } = await readPaging(engine.pool, engine.clock());
    return {
      database: { status: 'ok', detail: 'answers' },
      migrations: { status: 'ok', detail: 'all applied' },
      wakes: pagingCheck(wakes, 'down'),
      pages: pagingCheck(pages, 'down'),
      timers: pagingCheck(timers, 'degraded'),
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

/**
 * Ready as long as records can be written and what pages people is not late; what else is missing makes it degraded, with what that means.
 * @param excluded names of checks that are shown and do not count
 */
async function readHealth(deps: ApiDeps, excluded: readonly string[]): Promise<HealthView> {
  const [database, temporal] = await Promise.all([checkDatabase(deps), checkTemporal(deps)]);
  const checks = { ...database, ...temporal };
  const all = Object.entries(checks).flatMap(([name, { status }]) =>
    excluded.includes(name) ? [] : [status],
  );
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
    get: async (req, res) => {
      const query = new Query(req, ['exclude']);
      const health = await readHealth(deps, query.many('exclude') ?? []);
      res
        .status(health.status === 'down' ? 503 : 200)
        .set('Cache-Control', 'no-store')
        .json(health);
    },
  });
}
