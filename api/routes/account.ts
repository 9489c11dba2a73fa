import type { Router } from 'express';
import type { Engine } from '../../records/engine.ts';
import { actorOf } from '../auth.ts';
import type { MeView } from '../contract.ts';
import { methods } from '../route.ts';

/** Who the caller is, and the policy that holds for everybody. */
export function accountRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/me', {
    get: (_req, res) => {
      const { kind, id, roles, organisation } = actorOf(res);
      res.json({ kind, id, roles: [...roles], organisation } satisfies MeView);
    },
  });
  methods(router, '/api/v1/policy', {
    get: async (_req, res) => {
      const { hash, body } = await engine.policies.active(engine.pool);
      res.set('ETag', `"${hash}"`).json({ hash, body });
    },
  });
}
