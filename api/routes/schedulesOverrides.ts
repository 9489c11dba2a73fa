import type { RequestHandler, Router } from 'express';
import { findOverride, listOverrides } from '../../db/scheduleOverrides.ts';
import { refuse } from '../../domain/errors.ts';
import { gaps } from '../../domain/onCall/gaps.ts';
import type { Engine } from '../../records/engine.ts';
import { makeOverride, withdrawOverride } from '../../records/scheduleOverrides.ts';
import { requireRole } from '../auth.ts';
import type { MadeOverrideView } from '../contract/schedules.ts';
import { answerIdPage } from '../idPage.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, desk, standingOf } from './schedulesAccess.ts';
import { overrideView, stretchView } from './schedulesViews.ts';

function listing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'list overrides', desk);
    const query = new Query(req, ['from', 'limit', 'cursor']);
    const now = engine.clock();
    const from = query.moment('from') ?? now;
    const id = param(req, 'id');
    await standingOf(engine, id, now, now + 1);
    await answerIdPage(
      req,
      res,
      query,
      async (limit, after) =>
        (await listOverrides(engine.pool, id, from, limit, after)).map((stored) => ({
          id: stored.override.id,
          stored,
        })),
      (rows) => rows.map(({ stored }) => overrideView(stored)),
    );
  };
}

/** An override that was made, and when nobody is on call while it lasts. */
async function madeView(engine: Engine, schedule: string, id: string): Promise<MadeOverrideView> {
  const stored = await findOverride(engine.pool, schedule, id);
  if (stored === undefined) return valueOf(refuse({ kind: 'notFound', what: 'this override' }));
  const { from, to } = stored.override;
  const standing = await standingOf(engine, schedule, from, to);
  const uncovered = gaps(standing.schedule, standing.overrides, from, to);
  return { ...overrideView(stored), gaps: uncovered.map(stretchView) };
}

function making(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'override', desk);
    const schedule = param(req, 'id');
    const { id } = valueOf(await makeOverride(engine, schedule, req.body, asking));
    res.status(201).set('Location', `/api/v1/schedules/${schedule}/overrides/${id}`);
    res.json(await madeView(engine, schedule, id));
  };
}

function withdrawing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'withdraw an override', desk);
    const [schedule, id] = [param(req, 'id'), param(req, 'override')];
    const stored = valueOf(await withdrawOverride(engine, schedule, id, asking));
    res.json(overrideView(stored));
  };
}

/** Exceptions from schedules. */
export function scheduleOverrideRoutes(router: Router, engine: Engine): void {
  const all = '/api/v1/schedules/:id/overrides';
  methods(router, all, { get: listing(engine), post: [...jsonBody('256kb'), making(engine)] });
  methods(router, `${all}/:override`, { delete: withdrawing(engine) });
}
