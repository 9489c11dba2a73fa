import type { RequestHandler, Response, Router } from 'express';
import { findWindow, listWindows, windowsNotOver } from '../../db/maintenance.ts';
import type { StoredWindow } from '../../db/maintenance.ts';
import { refuse } from '../../domain/errors.ts';
import { parseInput } from '../../domain/input.ts';
import { occurrencesOf } from '../../domain/maintenance/span.ts';
import type { Span } from '../../domain/maintenance/span.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { readWindow } from '../../records/maintenance.ts';
import {
  changeWindow,
  createWindow,
  deleteWindow,
  endWindow,
  noWindow,
} from '../../records/maintenanceChanges.ts';
import { requireRole } from '../auth.ts';
import { endOfWindow } from '../contract/maintenance.ts';
import type { WindowView } from '../contract/maintenance.ts';
import { etag, ifMatch } from '../headers.ts';
import { answerIdPage } from '../idPage.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, desk, managers } from './schedulesAccess.ts';

const states = ['active', 'upcoming', 'past'] as const;
type State = (typeof states)[number];

function spanView(span: Span | undefined): WindowView['current'] {
  return span === undefined ? null : { from: toIso(span.from), to: toIso(span.to) };
}

function windowView(stored: StoredWindow, now: Instant): WindowView {
  const { id, version, definition, createdBy, updatedBy } = stored;
  const window = readWindow(stored);
  const occurrences = window === undefined ? [] : occurrencesOf(window);
  const current = occurrences.find(({ from, to }) => from <= now && now < to);
  const next = occurrences.find(({ from }) => from > now);
  const awaited = next === undefined ? 'past' : 'upcoming';
  return {
    id,
    version,
    definition: definition as WindowView['definition'],
    state: current === undefined ? awaited : 'active',
    current: spanView(current),
    next: spanView(next),
    createdAt: toIso(stored.createdAt),
    createdBy,
    updatedAt: toIso(stored.updatedAt),
    updatedBy,
  };
}

function stateOf(query: Query): State | undefined {
  const text = query.one('state');
  const state = states.find((one) => one === text);
  if (text !== undefined && state === undefined) {
    query.refuse('state', `must be one of ${states.join(', ')}`);
  }
  return state;
}

/** Those that stand or are to come are few; of those that are past there may be many. */
async function listOf(
  { pool }: Engine,
  state: State | undefined,
  now: Instant,
  limit: number,
  after: string | undefined,
): Promise<readonly WindowView[]> {
  if (state === undefined || state === 'past') {
    const overAt = state === 'past' ? now : undefined;
    const stored = await listWindows(pool, limit, after, overAt);
    return stored.map((window) => windowView(window, now));
  }
  const views = (await windowsNotOver(pool, now)).map((window) => windowView(window, now));
  const begin = after === undefined ? 0 : views.findIndex(({ id }) => id === after) + 1;
  return views
    .slice(begin)
    .filter((view) => view.state === state)
    .slice(0, limit);
}

function listing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'list maintenance windows', desk);
    const query = new Query(req, ['state', 'limit', 'cursor']);
    const state = stateOf(query);
    const now = engine.clock();
    await answerIdPage(
      req,
      res,
      query,
      (limit, after) => listOf(engine, state, now, limit, after),
      (rows) => rows,
    );
  };
}

function send(res: Response, stored: StoredWindow, now: Instant): void {
  res.set('ETag', etag(stored.version)).json(windowView(stored, now));
}

/** @throws RequestProblem (404) */
async function stored({ pool }: Engine, id: string): Promise<StoredWindow> {
  return (await findWindow(pool, id)) ?? valueOf(refuse(noWindow));
}

function creating(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'make a maintenance window', managers);
    const { id } = valueOf(await createWindow(engine, req.body, asking));
    res.status(201).set('Location', `/api/v1/maintenance-windows/${id}`);
    send(res, await stored(engine, id), asking.now);
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see a maintenance window', desk);
    send(res, await stored(engine, param(req, 'id')), engine.clock());
  };
}

function changing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'change a maintenance window', managers);
    const seen = { ...asking, ifMatch: ifMatch(req) };
    const window = await changeWindow(engine, param(req, 'id'), req.body, seen);
    send(res, valueOf(window), asking.now);
  };
}

function ending(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'end a maintenance window', managers);
    const { at } = valueOf(parseInput(endOfWindow, req.body));
    const to = at === undefined ? undefined : Date.parse(at);
    send(res, valueOf(await endWindow(engine, param(req, 'id'), to, asking)), asking.now);
  };
}

function deleting(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'delete a maintenance window', managers);
    const seen = { ...asking, ifMatch: ifMatch(req) };
    res.json(valueOf(await deleteWindow(engine, param(req, 'id'), seen)));
  };
}

/** Times in which pages are held back. */
export function maintenanceRoutes(router: Router, engine: Engine): void {
  const body = jsonBody('256kb');
  const one = '/api/v1/maintenance-windows/:id';
  methods(router, '/api/v1/maintenance-windows', {
    get: listing(engine),
    post: [...body, creating(engine)],
  });
  methods(router, one, {
    get: showing(engine),
    put: [...body, changing(engine)],
    delete: deleting(engine),
  });
  methods(router, `${one}/end`, { post: [...body, ending(engine)] });
}
