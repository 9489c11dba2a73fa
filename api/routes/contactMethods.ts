import type { Request, RequestHandler, Response, Router } from 'express';
import { readNotSetUp } from '../../db/channelSetup.ts';
import { findMethod } from '../../db/contactMethods.ts';
import type { ContactMethod } from '../../db/contactMethods.ts';
import { isChannelKind } from '../../domain/channelKinds.ts';
import { refuse } from '../../domain/errors.ts';
import { parseInput } from '../../domain/input.ts';
import { entry } from '../../domain/policy.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { askSending, CODE_LASTS, verifyContactMethod } from '../../records/contactCodes.ts';
import type { AskedSending } from '../../records/contactCodes.ts';
import {
  addContactMethod,
  isSelf,
  isVerified,
  mayManage,
  noMethod,
  noPerson,
  personMethods,
  removeContactMethod,
} from '../../records/contactMethods.ts';
import type { PersonMethod } from '../../records/contactMethods.ts';
import type { Asking } from '../../records/once.ts';
import { actorOf, requireRole } from '../auth.ts';
import { contactCode, newContactMethod } from '../contract.ts';
import type {
  AddedContactMethod,
  ContactMethodList,
  ContactMethodView,
  SendingView,
} from '../contract.ts';
import type { ApiDeps } from '../deps.ts';
import { idempotencyKey } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { problemOf, RequestProblem } from '../problem.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { requireAddress, requireRoom, requireSetUp, sendNotice, toldOf } from '../sendNotice.ts';
import { desk } from './schedulesAccess.ts';

type Deps = Pick<ApiDeps, 'engine' | 'secret' | 'channels' | 'publicUrl'>;

function iso(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

function methodView(method: PersonMethod, showsAddress: boolean): ContactMethodView {
  const { id, kind, label, address, source, verifiedAt, disabledAt, disabledWhy, notSetUp } =
    method;
  return {
    ...{ id, kind, label, source, disabledWhy, notSetUp },
    address: showsAddress ? address : null,
    verified: isVerified(method),
    verifiedAt: iso(verifiedAt),
    disabledAt: iso(disabledAt),
  };
}

/** For the person and admins. */
async function ownView({ engine }: Deps, method: ContactMethod): Promise<ContactMethodView> {
  const notSetUp = (await readNotSetUp(engine.pool)).get(method.kind) ?? null;
  return methodView({ ...method, source: 'person', notSetUp }, true);
}

function pathOf(person: string): string {
  return `/api/v1/people/${encodeURIComponent(person)}/contact-methods`;
}

function askingOf({ engine }: Deps, req: Request, res: Response): Asking {
  return { actor: actorOf(res), now: engine.clock(), idempotencyKey: idempotencyKey(req) };
}

function listing({ engine }: Deps): RequestHandler {
  return async (req, res) => {
    const person = param(req, 'id');
    const actor = actorOf(res);
    if (!isSelf(person, actor)) requireRole(res, 'list the contact methods of others', desk);
    const { people } = (await engine.policies.active(engine.pool)).body;
    const known = entry(people, person) ?? valueOf(refuse(noPerson(person)));
    const found = await personMethods(engine.pool, person, known);
    const items = found.map((method) => methodView(method, mayManage(person, actor)));
    res.json({ person, items } satisfies ContactMethodList);
  };
}

/** Sends what was asked for, while the person waits; of a repeat it tells what was said then. */
async function carryOut(
  deps: Deps,
  asked: Exclude<AskedSending, { kind: 'limited' }>,
  person: string,
  purpose: 'code' | 'test',
): Promise<SendingView> {
  const { engine, publicUrl } = deps;
  const { id, method } = asked;
  if (asked.kind === 'new' && isChannelKind(method.kind)) {
    const { people } = (await engine.policies.active(engine.pool)).body;
    const { kind, address } = method;
    await sendNotice(deps, id, kind, {
      ...{ kind, address, code: asked.code, publicUrl, path: pathOf(person), now: engine.clock() },
      key: `contact/${method.id}/${id}`,
      name: entry(people, person)?.name ?? person,
    });
  }
  const { accepted, detail, at } = await toldOf(deps, id);
  const expiresAt = purpose === 'code' && at !== undefined ? toIso(at + CODE_LASTS) : null;
  return { method: method.id, accepted, detail, expiresAt };
}

function sending(deps: Deps, purpose: 'code' | 'test'): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(deps, req, res);
    const person = param(req, 'id');
    const of = { purpose, person, method: param(req, 'method') };
    const asked = valueOf(await askSending(deps.engine, deps.secret, of, asking));
    requireRoom(asked, asking.now);
    res.json(await carryOut(deps, asked, person, purpose));
  };
}

function adding(deps: Deps): RequestHandler {
  const { engine, secret } = deps;
  return async (req, res) => {
    const asking = askingOf(deps, req, res);
    const person = param(req, 'id');
    const body = valueOf(parseInput(newContactMethod, req.body));
    requireSetUp(deps, body.kind);
    requireAddress(deps, body.kind, body.address);
    const { id } = valueOf(await addContactMethod(engine, person, body, asking));
    const of = { purpose: 'code', person, method: id } as const;
    // The code of a request that is repeated is the one that it sent.
    const key = asking.idempotencyKey === undefined ? undefined : `${asking.idempotencyKey}/code`;
    const ofCode = { ...asking, idempotencyKey: key };
    const asked = valueOf(await askSending(engine, secret, of, ofCode));
    const code = asked.kind === 'limited' ? null : await carryOut(deps, asked, person, 'code');
    const added = await findMethod(engine.pool, id);
    if (added === undefined) throw new RequestProblem(problemOf(noMethod));
    res.status(201).set('Location', `${pathOf(person)}/${id}`);
    res.json({ ...(await ownView(deps, added)), code } satisfies AddedContactMethod);
  };
}

function verifying(deps: Deps): RequestHandler {
  const { engine, secret } = deps;
  return async (req, res) => {
    const { code } = valueOf(parseInput(contactCode, req.body));
    const of = { person: param(req, 'id'), method: param(req, 'method'), code };
    const asking = { actor: actorOf(res), now: engine.clock() };
    const method = valueOf(await verifyContactMethod(engine, secret, of, asking));
    res.json(await ownView(deps, method));
  };
}

function removing(deps: Deps): RequestHandler {
  const { engine } = deps;
  return async (req, res) => {
    const asking = { actor: actorOf(res), now: engine.clock() };
    const id = param(req, 'method');
    const method = valueOf(await removeContactMethod(engine, param(req, 'id'), id, asking));
    res.json(await ownView(deps, method));
  };
}

/** How people are reached: their own methods, verified by a code, and those of the policy. */
export function contactMethodRoutes(router: Router, deps: Deps): void {
  const base = '/api/v1/people/:id/contact-methods';
  methods(router, base, {
    get: listing(deps),
    post: [...jsonBody('16kb'), adding(deps)],
  });
  methods(router, `${base}/:method`, { delete: removing(deps) });
  methods(router, `${base}/:method/code`, { post: [...jsonBody('16kb'), sending(deps, 'code')] });
  methods(router, `${base}/:method/test`, { post: [...jsonBody('16kb'), sending(deps, 'test')] });
  methods(router, `${base}/:method/verify`, { post: [...jsonBody('16kb'), verifying(deps)] });
}
