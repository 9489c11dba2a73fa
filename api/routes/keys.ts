import type { Router } from 'express';
import { listKeys } from '../../db/keys.ts';
import type { ApiKey } from '../../db/keys.ts';
import type { Result } from '../../domain/errors.ts';
import { ok, refuse } from '../../domain/errors.ts';
import { parseInput } from '../../domain/input.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { createKey, endKey } from '../../records/keys.ts';
import type { KeyRequest } from '../../records/keys.ts';
import { requireRole } from '../auth.ts';
import { newKey } from '../contract.ts';
import type { KeyView, NewKeyInput } from '../contract.ts';
import { idempotencyKey } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

function keyView({ createdAt, revokedAt, roles, ...key }: ApiKey): KeyView {
  return {
    ...key,
    roles: [...roles],
    createdAt: toIso(createdAt),
    revokedAt: revokedAt === null ? null : toIso(revokedAt),
  };
}

function holderOf({ person, integration, roles }: NewKeyInput): Result<KeyRequest['holder']> {
  if (person !== undefined && integration === undefined) return ok({ person });
  if (integration !== undefined && person === undefined) {
    if (roles === undefined) return ok({ integration });
    const detail = 'is for people: an integration always has the role integration';
    return refuse({ kind: 'invalid', issues: [{ pointer: '/roles', detail }] });
  }
  const detail = 'name either a person or an integration';
  return refuse({ kind: 'invalid', issues: [{ pointer: '/person', detail }] });
}

/** API keys: for admins only. */
export function keyRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/keys', {
    get: async (_req, res) => {
      requireRole(res, 'list keys', ['admin']);
      res.json({ items: (await listKeys(engine.pool)).map(keyView) });
    },
    post: [
      ...jsonBody('256kb'),
      async (req, res) => {
        const actor = requireRole(res, 'create key', ['admin']);
        const body = valueOf(parseInput(newKey, req.body));
        const request = {
          holder: valueOf(holderOf(body)),
          // The least that a key can do.
          roles: body.roles ?? (['requester'] as const),
          organisation: body.organisation,
          idempotencyKey: idempotencyKey(req),
        };
        const { key, secret } = valueOf(await createKey(engine, request, actor));
        res.set('Cache-Control', 'no-store');
        res
          .status(201)
          .set('Location', `/api/v1/keys/${key.id}`)
          .json({ ...keyView(key), secret });
      },
    ],
  });
  methods(router, '/api/v1/keys/:id', {
    delete: async (req, res) => {
      const actor = requireRole(res, 'revoke key', ['admin']);
      res.json(keyView(valueOf(await endKey(engine, param(req, 'id'), actor))));
    },
  });
}
