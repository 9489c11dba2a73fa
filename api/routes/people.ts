import type { RequestHandler, Response, Router } from 'express';
import type { ToldWarning } from '../../db/onCallWarnings.ts';
import { refuse } from '../../domain/errors.ts';
import { withoutAddresses } from '../../domain/notification/withoutAddresses.ts';
import { toIso } from '../../domain/time.ts';
import { isSelf, noPerson } from '../../records/contactMethods.ts';
import type { Engine } from '../../records/engine.ts';
import { changeRules, personalRules } from '../../records/notificationRules.ts';
import type { PersonalRules } from '../../records/notificationRules.ts';
import { listOnCallWarnings } from '../../records/onCallWarnings.ts';
import { listPeople } from '../../records/people.ts';
import type { Person } from '../../records/people.ts';
import { actorOf, requireRole } from '../auth.ts';
import type {
  NotificationRulesView,
  OnCallWarningList,
  PersonList,
  PersonView,
} from '../contract.ts';
import { etag, hasAlready, ifMatch } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { desk } from './schedulesAccess.ts';
import { stretchView } from './schedulesViews.ts';

function personView({ unreachable, teams, ...person }: Person): PersonView {
  return { ...person, teams: [...teams], reachable: unreachable === null, why: unreachable };
}

function listing(engine: Engine): RequestHandler {
  return async (_req, res) => {
    requireRole(res, 'list people', desk);
    const items = (await listPeople(engine, engine.clock())).map(personView);
    res.json({ items } satisfies PersonList);
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const id = param(req, 'id');
    if (!isSelf(id, actorOf(res))) requireRole(res, 'see others', desk);
    const people = await listPeople(engine, engine.clock());
    const found = people.find((person) => person.id === id) ?? valueOf(refuse(noPerson(id)));
    res.json(personView(found));
  };
}

function toldView({ finishedAt, detail, person, namedChannel, channel, state }: ToldWarning) {
  return {
    ...{ person, namedChannel, channel, state },
    detail: detail === null ? null : withoutAddresses(detail),
    finishedAt: finishedAt === null ? null : toIso(finishedAt),
  };
}

function warning(engine: Engine): RequestHandler {
  return async (_req, res) => {
    requireRole(res, 'see warnings', desk);
    const warnings = await listOnCallWarnings(engine, engine.clock());
    const items = warnings.map(({ schedule, scheduleName, person, name, why, ...gap }) => ({
      ...{ schedule, scheduleName, person, name, why },
      ...stretchView(gap),
      told: gap.told.map(toldView),
    }));
    res.json({ items } satisfies OnCallWarningList);
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

/** People: who can be reached, how each wants to be, and what schedules do not cover. */
export function peopleRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/people', { get: listing(engine) });
  methods(router, '/api/v1/people/:id', { get: showing(engine) });
  methods(router, '/api/v1/people/:id/notification-rules', {
    get: showingRules(engine),
    put: [...jsonBody('64kb'), changingRules(engine)],
  });
  methods(router, '/api/v1/on-call/warnings', { get: warning(engine) });
}
