import type { Request, RequestHandler, Router } from 'express';
import { listActivations } from '../../db/policies.ts';
import type { Activation } from '../../db/policies.ts';
import type { Actor } from '../../domain/actor.ts';
import { hideContacts, hideContactsOf } from '../../domain/contacts.ts';
import { refuse } from '../../domain/errors.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { applyPolicy, getPolicy } from '../../records/policies.ts';
import { previewPolicy } from '../../records/policyPreview.ts';
import type { PolicyPreview } from '../../records/policyPreview.ts';
import { requireRole } from '../auth.ts';
import type {
  PolicyActivationView,
  PolicyPreviewView,
  PolicyView,
  StoredPolicyView,
} from '../contract.ts';
import { idempotencyKey } from '../headers.ts';
import { nextLink } from '../links.ts';
import { policyBody, policyOf } from '../policyBody.ts';
import { problem, RequestProblem } from '../problem.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

const readers = ['agent', 'resolver', 'manager'] as const;
const owners = ['manager'] as const;
const MOST_PLACES = 200;

function iso(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

/** Only admins see how people are reached. */
function seesContacts(actor: Actor): boolean {
  return actor.roles.includes('admin');
}

/** A policy as the caller may see it. */
function shownTo(actor: Actor, body: unknown): Pick<PolicyView, 'body' | 'contacts'> {
  return seesContacts(actor)
    ? { body: body as PolicyView['body'], contacts: 'shown' }
    : { body: hideContacts(body) as PolicyView['body'], contacts: 'hidden' };
}

function previewView(preview: PolicyPreview, actor: Actor): PolicyPreviewView {
  const { hash, inForce, policy, warnings, open, complete } = preview;
  const places = policy.slice(0, MOST_PLACES);
  const { records: items, undecidedRecords: undecidedItems, ...counts } = preview.records;
  return {
    hash,
    inForce,
    changed: hash !== inForce,
    warnings: [...warnings],
    changes: {
      policy: {
        total: policy.length,
        items: seesContacts(actor) ? places : places.map(hideContactsOf),
      },
      records: {
        open,
        complete,
        ...counts,
        fields: [...counts.fields],
        deadlines: [...counts.deadlines],
        items: items.map(({ fields, deadlines, breaches, starts, ends, ...item }) => ({
          ...item,
          fields: fields.map(({ of, from, to }) => ({ field: of, from, to })),
          deadlines: deadlines.map(({ of, rule, from, to }) => ({
            clock: of,
            rule,
            from: iso(from),
            to: iso(to),
          })),
          breaches: [...breaches],
          starts: [...starts],
          ends: [...ends],
        })),
        undecidedItems: [...undecidedItems],
      },
    },
  };
}

function checking(engine: Engine): RequestHandler {
  return async (req, res) => {
    const actor = requireRole(res, 'check a policy', owners);
    const { data, located } = policyOf(req);
    res.json(previewView(valueOf(located(await previewPolicy(engine, data))), actor));
  };
}

/** The policy that the caller saw in force, by its ETag; undefined when any will do. */
function seenInForce(req: Request): string | undefined {
  const value = req.get('if-match')?.trim();
  if (value === undefined || value === '*') return undefined;
  const hash = /^"([0-9a-f]{32})"$/.exec(value)?.[1];
  if (hash !== undefined) return hash;
  const detail = 'must be the ETag of the policy in force, as GET /api/v1/policy gives it';
  throw new RequestProblem(
    problem('badRequest', `If-Match: ${detail}`, { errors: [{ header: 'If-Match', detail }] }),
  );
}

function applying(engine: Engine): RequestHandler {
  return async (req, res) => {
    const actor = requireRole(res, 'apply a policy', owners);
    const conditions = { ifMatch: seenInForce(req), idempotencyKey: idempotencyKey(req) };
    const { data, located } = policyOf(req);
    const result = await applyPolicy(engine.pool, data, actor, engine.clock(), conditions);
    const applied = valueOf(located(result));
    engine.onWake();
    if (applied.changed) res.status(201).set('Location', `/api/v1/policies/${applied.hash}`);
    res.set('ETag', `"${applied.hash}"`).json(applied);
  };
}

function encodePlace({ id }: Activation): string {
  return Buffer.from(String(id)).toString('base64url');
}

function decodePlace(query: Query): number | undefined {
  const cursor = query.one('cursor');
  if (cursor === undefined) return undefined;
  const id = /^\d{1,15}$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[0];
  return id === undefined
    ? query.refuse('cursor', 'must be a nextCursor of this list')
    : Number(id);
}

function listing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'list policies', readers);
    const query = new Query(req, ['limit', 'cursor']);
    const limit = query.limit();
    const before = decodePlace(query);
    // One more than asked for tells whether there is a next page.
    const found = await listActivations(engine.pool, limit + 1, before);
    const [newest] = before === undefined ? found : await listActivations(engine.pool, 1);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodePlace(last);
    if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
    const items = shown.map(({ id, hash, at, by }): PolicyActivationView => ({
      hash,
      activatedAt: toIso(at),
      activatedBy: by,
      inForce: id === newest?.id,
    }));
    res.json({ items, nextCursor });
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const actor = requireRole(res, 'see a policy', readers);
    const hash = param(req, 'hash');
    if (!/^[0-9a-f]{32}$/.test(hash)) valueOf(refuse({ kind: 'notFound', what: 'this policy' }));
    const { body, storedAt, ...policy } = valueOf(await getPolicy(engine.pool, hash));
    const view: StoredPolicyView = {
      ...policy,
      ...shownTo(actor, body),
      storedAt: toIso(storedAt),
    };
    res.set('ETag', `"${hash}"`).json(view);
  };
}

function showingActive(engine: Engine): RequestHandler {
  return async (_req, res) => {
    const actor = requireRole(res, 'see the policy', readers);
    const { hash, body } = await engine.policies.active(engine.pool);
    res.set('ETag', `"${hash}"`).json({ hash, ...shownTo(actor, body) } satisfies PolicyView);
  };
}

/** Policies: what was in force and what is, what another one would change, and applying it. */
export function policyRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/policy', { get: showingActive(engine) });
  methods(router, '/api/v1/policies', {
    get: listing(engine),
    post: [...policyBody, applying(engine)],
  });
  methods(router, '/api/v1/policies/check', { post: [...policyBody, checking(engine)] });
  methods(router, '/api/v1/policies/:hash', { get: showing(engine) });
}
