import type { RequestHandler, Router } from 'express';
import { findSwap, listSwaps } from '../../db/scheduleSwaps.ts';
import type { StoredSwap } from '../../db/scheduleSwaps.ts';
import type { Actor } from '../../domain/actor.ts';
import { refuse } from '../../domain/errors.ts';
import { allowedSwapCommands } from '../../domain/onCall/answerSwap.ts';
import { swapState } from '../../domain/onCall/swap.ts';
import type { SwapCommand, SwapSituation } from '../../domain/onCall/swap.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { noSchedule } from '../../records/scheduleChanges.ts';
import { answerSwap, askForSwap, swapSituation } from '../../records/scheduleSwaps.ts';
import { requireRole } from '../auth.ts';
import type { SwapView } from '../contract/schedules.ts';
import { answerIdPage } from '../idPage.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, desk } from './schedulesAccess.ts';
import { shiftView } from './schedulesViews.ts';

function swapView({ id, schedule, swap }: StoredSwap, situation: SwapSituation): SwapView {
  const { askedAt, answeredAt, gives, takes, ...rest } = swap;
  return {
    id,
    schedule,
    ...rest,
    state: swapState(swap, situation.now),
    askedAt: toIso(askedAt),
    answeredAt: answeredAt === null ? null : toIso(answeredAt),
    gives: gives.map(shiftView),
    takes: takes.map(shiftView),
    allowed: allowedSwapCommands(swap, situation),
  };
}

/** @throws RequestProblem (404) */
async function situationOf(engine: Engine, schedule: string, actor: Actor): Promise<SwapSituation> {
  const situation = await swapSituation(engine, engine.pool, schedule, actor, engine.clock());
  return situation ?? valueOf(refuse(noSchedule));
}

/** @throws RequestProblem (404) */
async function viewOf(engine: Engine, id: string, actor: Actor): Promise<SwapView> {
  const stored = await findSwap(engine.pool, id);
  if (stored === undefined) return valueOf(refuse({ kind: 'notFound', what: 'this swap' }));
  return swapView(stored, await situationOf(engine, stored.schedule, actor));
}

function listing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const actor = requireRole(res, 'list swaps', desk);
    const query = new Query(req, ['limit', 'cursor']);
    const id = param(req, 'id');
    const situation = await situationOf(engine, id, actor);
    await answerIdPage(
      req,
      res,
      query,
      (limit, after) => listSwaps(engine.pool, id, limit, after),
      (rows) => rows.map((stored) => swapView(stored, situation)),
    );
  };
}

function asking(engine: Engine): RequestHandler {
  return async (req, res) => {
    const request = askingOf(engine, req, res, 'ask for a swap', desk);
    const { id } = valueOf(await askForSwap(engine, param(req, 'id'), req.body, request));
    res.status(201).set('Location', `/api/v1/swaps/${id}`);
    res.json(await viewOf(engine, id, request.actor));
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const actor = requireRole(res, 'see a swap', desk);
    res.json(await viewOf(engine, param(req, 'swap'), actor));
  };
}

function answering(engine: Engine, command: SwapCommand): RequestHandler {
  return async (req, res) => {
    const request = askingOf(engine, req, res, `${command} a swap`, desk);
    const { id } = valueOf(await answerSwap(engine, param(req, 'swap'), command, request));
    res.json(await viewOf(engine, id, request.actor));
  };
}

/** Shifts that people swap. */
export function scheduleSwapRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/schedules/:id/swaps', {
    get: listing(engine),
    post: [...jsonBody('256kb'), asking(engine)],
  });
  methods(router, '/api/v1/swaps/:swap', { get: showing(engine) });
  for (const command of ['accept', 'decline', 'withdraw'] as const) {
    methods(router, `/api/v1/swaps/:swap/${command}`, { post: answering(engine, command) });
  }
}
