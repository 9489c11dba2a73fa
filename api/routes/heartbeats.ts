import type { Request, RequestHandler, Response, Router } from 'express';
import { incidentsOfHeartbeats, findHeartbeat, listHeartbeats } from '../../db/heartbeats.ts';
import type { StoredHeartbeat } from '../../db/heartbeats.ts';
import { refuse } from '../../domain/errors.ts';
import type { Result } from '../../domain/errors.ts';
import { parseInput } from '../../domain/input.ts';
import { statusOf } from '../../domain/heartbeat/heartbeat.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { HEARTBEATS } from '../../records/heartbeatAlert.ts';
import { missingTimes } from '../../records/heartbeatLook.ts';
import {
  changeHeartbeat,
  createHeartbeat,
  deleteHeartbeat,
  noHeartbeat,
  pauseHeartbeat,
  renewToken,
  resumeHeartbeat,
} from '../../records/heartbeats.ts';
import type { Asking } from '../../records/once.ts';
import { requireRole } from '../auth.ts';
import { tokenRenewal } from '../contract/heartbeats.ts';
import type {
  CreatedHeartbeatView,
  HeartbeatView,
  RenewedHeartbeatView,
} from '../contract/heartbeats.ts';
import type { ApiDeps } from '../deps.ts';
import { etag, ifMatch } from '../headers.ts';
import { answerIdPage } from '../idPage.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, desk, managers } from './schedulesAccess.ts';

function iso(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

async function viewsOf(
  engine: Engine,
  heartbeats: readonly StoredHeartbeat[],
): Promise<HeartbeatView[]> {
  const { pool } = engine;
  const now = engine.clock();
  const down = heartbeats.filter(({ down }) => down !== null).map(({ id }) => id);
  const incidents = await incidentsOfHeartbeats(pool, HEARTBEATS, down);
  const missing = await missingTimes(pool, heartbeats, now);
  return heartbeats.map((heartbeat, index) => {
    const { id, version, definition, pings, createdBy, updatedBy } = heartbeat;
    const isAwaited = heartbeat.pausedAt === null && heartbeat.down === null;
    return {
      id,
      version,
      ...definition,
      item: definition.item ?? null,
      status: statusOf(heartbeat),
      pings,
      lastPingAt: iso(heartbeat.lastPingAt),
      startedAt: iso(heartbeat.startedAt),
      dueAt: isAwaited ? iso(missing[index] ?? null) : null,
      downSince: iso(heartbeat.down?.since ?? null),
      incident: incidents.get(id) ?? null,
      pausedAt: iso(heartbeat.pausedAt),
      createdAt: toIso(heartbeat.createdAt),
      createdBy,
      updatedAt: toIso(heartbeat.updatedAt),
      updatedBy,
    };
  });
}

/** @throws RequestProblem (404) */
async function viewOf(engine: Engine, id: string): Promise<HeartbeatView> {
  const heartbeat = await findHeartbeat(engine.pool, id);
  const [view] = heartbeat === undefined ? [] : await viewsOf(engine, [heartbeat]);
  return view ?? valueOf(refuse(noHeartbeat));
}

function send(res: Response, view: HeartbeatView): void {
  res.set('ETag', etag(view.version)).json(view);
}

function listing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'list heartbeats', desk);
    const query = new Query(req, ['limit', 'cursor']);
    await answerIdPage(
      req,
      res,
      query,
      (limit, after) => listHeartbeats(engine.pool, limit, after),
      (rows) => viewsOf(engine, rows),
    );
  };
}

type Deps = Pick<ApiDeps, 'engine' | 'publicUrl'>;

/** Where to ping a heartbeat. @param token null: it was shown before */
function pingUrlOf({ publicUrl }: Deps, token: string | null): string | null {
  return token === null ? null : `${publicUrl}/heartbeats/${token}`;
}

function creating(deps: Deps): RequestHandler {
  const { engine } = deps;
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'make a heartbeat', managers);
    const { id, token } = valueOf(await createHeartbeat(engine, req.body, asking));
    const view = await viewOf(engine, id);
    const pingUrl = pingUrlOf(deps, token);
    res.status(201).set({
      Location: `/api/v1/heartbeats/${id}`,
      ETag: etag(view.version),
      'Cache-Control': 'no-store',
    });
    res.json({ ...view, pingUrl } satisfies CreatedHeartbeatView);
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see a heartbeat', desk);
    send(res, await viewOf(engine, param(req, 'id')));
  };
}

type Change = (req: Request, id: string, asking: Asking) => Promise<Result<StoredHeartbeat>>;

function changing(engine: Engine, what: string, change: Change): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, what, managers);
    const id = param(req, 'id');
    valueOf(await change(req, id, asking));
    send(res, await viewOf(engine, id));
  };
}

function renewing(deps: Deps): RequestHandler {
  const { engine } = deps;
  return async (req, res) => {
    const asking = askingOf(engine, req, res, "renew a heartbeat's token", managers);
    const { formerValidFor } = valueOf(parseInput(tokenRenewal, req.body));
    const renewed = await renewToken(engine, param(req, 'id'), formerValidFor, asking);
    const { id, token } = valueOf(renewed);
    const view: RenewedHeartbeatView = { id, pingUrl: pingUrlOf(deps, token) };
    res.set('Cache-Control', 'no-store').json(view);
  };
}

function deleting(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'delete a heartbeat', managers);
    const seen = { ...asking, ifMatch: ifMatch(req) };
    const { id } = valueOf(await deleteHeartbeat(engine, param(req, 'id'), seen));
    res.json({ id });
  };
}

/** What must report from time to time, and how it is. A repeat of pause or resume finds it done and answers the same. */
export function heartbeatRoutes(router: Router, deps: Deps): void {
  const { engine } = deps;
  const body = jsonBody('16kb');
  const one = '/api/v1/heartbeats/:id';
  methods(router, '/api/v1/heartbeats', {
    get: listing(engine),
    post: [...body, creating(deps)],
  });
  methods(router, one, {
    get: showing(engine),
    put: [
      ...body,
      changing(engine, 'change a heartbeat', (req, id, asking) =>
        changeHeartbeat(engine, id, req.body, { ...asking, ifMatch: ifMatch(req) }),
      ),
    ],
    delete: deleting(engine),
  });
  methods(router, `${one}/token`, { post: [...body, renewing(deps)] });
  methods(router, `${one}/pause`, {
    post: changing(engine, 'pause a heartbeat', (_req, id, asking) =>
      pauseHeartbeat(engine, id, asking),
    ),
  });
  methods(router, `${one}/resume`, {
    post: changing(engine, 'resume a heartbeat', (_req, id, asking) =>
      resumeHeartbeat(engine, id, asking),
    ),
  });
}
