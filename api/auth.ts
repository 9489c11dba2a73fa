import type { Request, RequestHandler, Response } from 'express';
import { findKeys, hashKey } from '../db/keys.ts';
import type { FoundKey } from '../db/keys.ts';
import type { Actor, Role } from '../domain/actor.ts';
import { hasRole } from '../domain/actor.ts';
import type { Policy } from '../domain/policy.ts';
import { createBatch } from '../records/batch.ts';
import type { Engine } from '../records/engine.ts';
import { problem, problemOf, RequestProblem } from './problem.ts';

const BEARER = /^Bearer +([\x21-\x7e]{16,512})$/i;

function unauthenticated(detail: string, error?: string): RequestProblem {
  const challenge = error === undefined ? '' : `, error="${error}"`;
  return new RequestProblem(problem('unauthenticated', detail), {
    'WWW-Authenticate': `Bearer realm="provisor"${challenge}`,
  });
}

type FindKey = (hash: Buffer) => Promise<FoundKey | undefined>;

interface Caller {
  readonly actor: Actor;
  /** The hash of the policy in force. */
  readonly activePolicy: string | null;
}

async function authenticate(engine: Engine, findKey: FindKey, req: Request): Promise<Caller> {
  const header = req.get('authorization');
  if (header === undefined) {
    throw unauthenticated('send your API key as "Authorization: Bearer <key>"');
  }
  const secret = BEARER.exec(header)?.[1];
  const found = secret === undefined ? undefined : await findKey(hashKey(secret));
  if (found === undefined || (await hasLeft(engine, found))) {
    throw unauthenticated('the API key is unknown or revoked', 'invalid_token');
  }
  const { kind, holder, roles, organisation } = found.key;
  return { actor: { kind, id: holder, roles, organisation }, activePolicy: found.activePolicy };
}

/** Whether the policy says that the key's person is no longer active. One that it does not know, such as the first admin, has not left. */
async function hasLeft(engine: Engine, { key, activePolicy }: FoundKey): Promise<boolean> {
  if (key.kind !== 'person' || activePolicy === null) return false;
  const { people } = (await engine.policies.byHash(engine.pool, activePolicy)).body;
  return Object.hasOwn(people, key.holder) && people[key.holder]?.active === false;
}

/** Finds who calls by their API key, for `actorOf` and `policyOf`. */
export function requireKey(engine: Engine): RequestHandler {
  const findKey: FindKey = createBatch((hashes) => findKeys(engine.pool, hashes));
  return async (req, res, next) => {
    const { actor, activePolicy } = await authenticate(engine, findKey, req);
    res.locals['actor'] = actor;
    res.locals['activePolicy'] = activePolicy;
    res.set('Cache-Control', 'private, no-cache');
    next();
  };
}

/** Who calls. Only behind `requireKey`. */
export function actorOf(res: Response): Actor {
  return res.locals['actor'] as Actor;
}

/** The policy in force when the call came, which was read with its key. Only behind `requireKey`. */
export function policyOf(engine: Engine, res: Response): Promise<Policy> {
  const hash = res.locals['activePolicy'] as string | null;
  return hash === null
    ? engine.policies.active(engine.pool)
    : engine.policies.byHash(engine.pool, hash);
}

/** @throws RequestProblem (403) when the caller has none of the roles */
export function requireRole(res: Response, what: string, needed: readonly Role[]): Actor {
  const actor = actorOf(res);
  if (hasRole(actor, needed)) return actor;
  throw new RequestProblem(
    problemOf({ kind: 'forbidden', command: what, roles: actor.roles, needed }),
  );
}
