import type { Request, RequestHandler, Response, Router } from 'express';
import type { Actor } from '../../domain/actor.ts';
import { allowedCommands } from '../../domain/decide.ts';
import { refuse } from '../../domain/errors.ts';
import { parseRecordNumber } from '../../domain/ids.ts';
import type { Process, RecordState } from '../../domain/process.ts';
import { toIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { explain } from '../../records/explain.ts';
import { findRecords, getRecord } from '../../records/read.ts';
import type { KnownTexts } from '../../records/read.ts';
import type { Request as RecordRequest } from '../../records/request.ts';
import { actorOf } from '../auth.ts';
import { isPublic, publicCommands } from '../commands.ts';
import { encodeCursor } from '../cursor.ts';
import { sendProblem } from '../errors.ts';
import { etag, hasAlready, idempotencyKey, ifMatch } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { nextLink } from '../links.ts';
import { problemOf } from '../problem.ts';
import { readListParameters } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { sendTimeline } from '../timeline.ts';
import { recordViews } from '../view.ts';

const MAX_BODY = '256kb';

/** The record of this process that the path names, if it is there for the caller. */
async function recordOf(
  engine: Engine,
  process: Process,
  req: Request,
  actor: Actor,
): Promise<RecordState> {
  return valueOf(await getRecord(engine, numberOf(process, req), actor));
}

/** The number in the path. @throws RequestProblem (404) when it can be none of this process */
export function numberOf(process: Process, req: Request): string {
  const text = param(req, 'number');
  const number = parseRecordNumber(text);
  if (number?.startsWith(`${process.prefix}-`) === true) return number;
  return valueOf(refuse({ kind: 'notFound', what: `this ${process.name}` }));
}

async function sendRecord(
  { engine, process }: Serving,
  res: Response,
  status: number,
  record: RecordState,
  texts?: KnownTexts,
): Promise<void> {
  const [view] = await recordViews(engine, process, [record], actorOf(res), texts);
  res.status(status).set('ETag', etag(record.seq)).json(view);
}

interface Serving {
  readonly engine: Engine;
  readonly process: Process;
}

function requestOf(engine: Engine, req: Request, res: Response): RecordRequest {
  return { actor: actorOf(res), now: engine.clock(), idempotencyKey: idempotencyKey(req) };
}

function opening(serving: Serving): RequestHandler {
  const { engine, process } = serving;
  return async (req, res) => {
    const request = requestOf(engine, req, res);
    const { record, texts } = valueOf(await open(engine, process, req.body, request));
    res.set('Location', `/api/v1/${process.plural}/${record.number}`);
    await sendRecord(serving, res, 201, record, texts);
  };
}

function listing({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const { sort, limit, ...rest } = readListParameters(req, process);
    const query = {
      ...rest,
      process: process.name,
      sort: sort.column,
      descending: sort.descending,
    };
    // One more than asked for tells whether there is a next page.
    const found = await findRecords(engine, { ...query, limit: limit + 1 }, actorOf(res));
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodeCursor(sort, last);
    if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
    res.json({ items: await recordViews(engine, process, shown, actorOf(res)), nextCursor });
  };
}

function showing(serving: Serving): RequestHandler {
  const { engine, process } = serving;
  return async (req, res) => {
    const record = await recordOf(engine, process, req, actorOf(res));
    if (hasAlready(req, record.seq)) res.status(304).set('ETag', etag(record.seq)).end();
    else await sendRecord(serving, res, 200, record);
  };
}

function listingCommands({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const actor = actorOf(res);
    const record = await recordOf(engine, process, req, actor);
    const allowed = new Set(allowedCommands(process, record, actor));
    res.json({ items: publicCommands(process).filter(({ name }) => allowed.has(name)) });
  };
}

function explaining({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const actor = actorOf(res);
    const record = await recordOf(engine, process, req, actor);
    const explanations = await explain(engine, record, actor);
    const items = explanations.map((item) => ({ ...item, at: toIso(item.at) }));
    res.json({ number: record.number, seq: record.seq, items });
  };
}

function timeline({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const actor = actorOf(res);
    const record = await recordOf(engine, process, req, actor);
    await sendTimeline(engine, record, actor, req, res);
  };
}

/** A command that only the system gives is no resource of the API. */
function demandPublic({ process }: Serving): RequestHandler {
  return (req, _res, next) => {
    numberOf(process, req);
    const name = param(req, 'command');
    if (!isPublic(process, name)) valueOf(refuse({ kind: 'notFound', what: 'this command' }));
    next();
  };
}

function commanding(serving: Serving): RequestHandler {
  const { engine, process } = serving;
  return async (req, res) => {
    const request = { ...requestOf(engine, req, res), ifMatch: ifMatch(req) };
    const number = numberOf(process, req);
    const result = await commit(engine, number, param(req, 'command'), req.body, request);
    if (!result.ok) {
      sendProblem(res, problemOf(result.error));
      return;
    }
    const { record, texts } = result.value;
    await sendRecord(serving, res, 200, record, texts);
  };
}

/** The resource of a process: its records, what happened to them, and its commands. The same for every process. */
export function recordRoutes(router: Router, serving: Serving): void {
  const base = `/api/v1/${serving.process.plural}`;
  const body = jsonBody(MAX_BODY);
  methods(router, base, { get: listing(serving), post: [...body, opening(serving)] });
  methods(router, `${base}/:number`, { get: showing(serving) });
  methods(router, `${base}/:number/timeline`, { get: timeline(serving) });
  methods(router, `${base}/:number/commands`, { get: listingCommands(serving) });
  methods(router, `${base}/:number/explain`, { get: explaining(serving) });
  router.use(`${base}/:number/:command`, demandPublic(serving));
  methods(router, `${base}/:number/:command`, { post: [...body, commanding(serving)] });
}
