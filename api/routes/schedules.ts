import type { RequestHandler, Response, Router } from 'express';
import { calendarsOf } from '../../db/scheduleCalendars.ts';
import { findSchedule, listVersions, scheduleIds } from '../../db/schedules.ts';
import type { ScheduleVersion } from '../../db/schedules.ts';
import { refuse } from '../../domain/errors.ts';
import { unknownPeople } from '../../domain/onCall/schedule.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  noSchedule,
} from '../../records/scheduleChanges.ts';
import { activePeople } from '../../records/scheduleDefinition.ts';
import { OUTLOOK } from '../../records/scheduleOutlook.ts';
import { readDefinition } from '../../records/schedules.ts';
import { requireRole } from '../auth.ts';
import type { ScheduleSummary, ScheduleVersionView, ScheduleView } from '../contract/schedules.ts';
import { etag, hasAlready, ifMatch } from '../headers.ts';
import { answerIdPage } from '../idPage.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, desk, managers } from './schedulesAccess.ts';
import { calendarView, onCallView } from './schedulesViews.ts';

async function summaries(engine: Engine, ids: readonly string[]): Promise<ScheduleSummary[]> {
  const { pool, policies, schedules } = engine;
  const now = engine.clock();
  const [policy, standing, calendars] = await Promise.all([
    policies.active(pool),
    schedules.standing(pool, ids, now, now + OUTLOOK),
    calendarsOf(pool, ids),
  ]);
  return ids.flatMap((id) => {
    const one = standing[id];
    if (one === undefined) return [];
    const { name, version, onCall, nextHandOver, nextGap } = onCallView(id, one, policy, now);
    const { timeZone } = one.schedule;
    const calendar = calendarView(calendars.get(id));
    return [{ id, name, timeZone, version, onCall, nextHandOver, nextGap, calendar }];
  });
}

function listing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'list schedules', desk);
    const query = new Query(req, ['limit', 'cursor']);
    await answerIdPage(
      req,
      res,
      query,
      async (limit, after) => (await scheduleIds(engine.pool, limit, after)).map((id) => ({ id })),
      (rows) =>
        summaries(
          engine,
          rows.map(({ id }) => id),
        ),
    );
  };
}

/** A schedule with what is known of it. @throws RequestProblem (404) */
async function viewOf(engine: Engine, id: string): Promise<ScheduleView> {
  const stored = await findSchedule(engine.pool, id);
  if (stored === undefined) return valueOf(refuse(noSchedule));
  const people = activePeople(await engine.policies.active(engine.pool));
  const calendar = (await calendarsOf(engine.pool, [id])).get(id);
  return {
    id,
    version: stored.version,
    definition: stored.definition as ScheduleView['definition'],
    calendar: calendarView(calendar),
    warnings: unknownPeople(readDefinition(id, stored.definition), people),
    updatedAt: toIso(stored.updatedAt),
    updatedBy: stored.updatedBy,
  };
}

function send(res: Response, view: ScheduleView): void {
  res.set('ETag', etag(view.version)).json(view);
}

function creating(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'make a schedule', managers);
    const body = req.body as Record<string, unknown>;
    const { id } = valueOf(await createSchedule(engine, body, asking));
    res.status(201).set('Location', `/api/v1/schedules/${id}`);
    send(res, await viewOf(engine, id));
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see a schedule', desk);
    const view = await viewOf(engine, param(req, 'id'));
    // A calendar that fails, or somebody who leaves, makes no version: only what has neither is surely the same.
    const isSame = hasAlready(req, view.version);
    if (isSame && view.calendar === null && view.warnings.length === 0) {
      res.status(304).set('ETag', etag(view.version)).end();
    } else {
      send(res, view);
    }
  };
}

function changing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'change a schedule', managers);
    const id = param(req, 'id');
    valueOf(await changeSchedule(engine, id, req.body, { ...asking, ifMatch: ifMatch(req) }));
    send(res, await viewOf(engine, id));
  };
}

function deleting(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'delete a schedule', managers);
    const seen = { ...asking, ifMatch: ifMatch(req) };
    res.json(valueOf(await deleteSchedule(engine, param(req, 'id'), seen)));
  };
}

function versionView({ at, definition, ...version }: ScheduleVersion): ScheduleVersionView {
  return {
    ...version,
    definition: definition as ScheduleVersionView['definition'],
    at: toIso(at),
  };
}

/** Also of a schedule that was deleted: pages name its versions. */
function listingVersions(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see the versions of a schedule', desk);
    const id = param(req, 'id');
    if ((await listVersions(engine.pool, id, 1)).length === 0) valueOf(refuse(noSchedule));
    const query = new Query(req, ['limit', 'cursor']);
    await answerIdPage(
      req,
      res,
      query,
      async (limit, after) => {
        const before = after === undefined ? undefined : Number(after);
        if (before !== undefined && !Number.isSafeInteger(before)) {
          query.refuse('cursor', 'must be a nextCursor of this list');
        }
        const versions = await listVersions(engine.pool, id, limit, before);
        return versions.map((version) => ({ id: String(version.version), version }));
      },
      (rows) => rows.map(({ version }) => versionView(version)),
    );
  };
}

/** On-call schedules: what they are, and what they were. */
export function scheduleRoutes(router: Router, engine: Engine): void {
  const body = jsonBody('256kb');
  const one = '/api/v1/schedules/:id';
  methods(router, '/api/v1/schedules', {
    get: listing(engine),
    post: [...body, creating(engine)],
  });
  methods(router, one, {
    get: showing(engine),
    put: [...body, changing(engine)],
    delete: deleting(engine),
  });
  methods(router, `${one}/versions`, { get: listingVersions(engine) });
}
