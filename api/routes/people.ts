import type { RequestHandler, Response, Router } from 'express';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { changeRules, personalRules } from '../../records/notificationRules.ts';
import type { PersonalRules } from '../../records/notificationRules.ts';
import { listPeople, unreachableShifts } from '../../records/people.ts';
import { actorOf, requireRole } from '../auth.ts';
import type { NotificationRulesView, OnCallWarning, PersonView } from '../contract.ts';
import { etag, hasAlready, ifMatch } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { desk } from './schedulesAccess.ts';

function listing(engine: Engine): RequestHandler {
  return async (_req, res) => {
    requireRole(res, 'list people', desk);
    const people = await listPeople(engine, engine.clock());
    const items = people.map(({ unreachable, teams, ...person }): PersonView => ({
      ...person,
      teams: [...teams],
      reachable: unreachable === null,
      why: unreachable,
    }));
    res.json({ items });
  };
}

function warning(engine: Engine): RequestHandler {
  return async (_req, res) => {
    requireRole(res, 'see warnings', desk);
    const shifts = await unreachableShifts(engine, engine.clock());
    const items = shifts.map(({ from, to, ...shift }): OnCallWarning => ({
      ...shift,
      from: toIso(from),
      to: toIso(to),
    }));
    res.json({ items });
  };
}

function sendRules(res: Response, person: string, personal: PersonalRules): void {
  const { version, updatedAt, warnings } = personal;
  res.set('ETag', etag(version)).json({
    person,
    version,
    rules: personal.rules as NotificationRulesView['rules'],
    updatedAt: updatedAt === null ? null : toIso(updatedAt),
    warnings: [...warnings],
  } satisfies NotificationRulesView);
}

function showingRules(engine: Engine): RequestHandler {
  return async (req, res) => {
    const person = param(req, 'id');
    const actor = actorOf(res);
    const personal = valueOf(await personalRules(engine, engine.pool, person, { actor }));
    if (hasAlready(req, personal.version)) {
      res.status(304).set('ETag', etag(personal.version)).end();
      return;
    }
    sendRules(res, person, personal);
  };
}

function changingRules(engine: Engine): RequestHandler {
  return async (req, res) => {
    const person = param(req, 'id');
    const asking = { actor: actorOf(res), now: engine.clock() };
    const seen = ifMatch(req);
    sendRules(res, person, valueOf(await changeRules(engine, person, req.body, seen, asking)));
  };
}

/** People: who can be reached, how each wants to be, and whose coming shifts would be nobody's. */
export function peopleRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/people', { get: listing(engine) });
  methods(router, '/api/v1/people/:id/notification-rules', {
    get: showingRules(engine),
    put: [...jsonBody('64kb'), changingRules(engine)],
  });
  methods(router, '/api/v1/on-call/warnings', { get: warning(engine) });
}
