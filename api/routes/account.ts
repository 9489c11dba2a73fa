import type { Router } from 'express';
import { actorOf } from '../auth.ts';
import type { MeView } from '../contract.ts';
import { methods } from '../route.ts';

/** Who the caller is. */
export function accountRoutes(router: Router): void {
  methods(router, '/api/v1/me', {
    get: (_req, res) => {
      const { kind, id, roles, organisation } = actorOf(res);
      res.json({ kind, id, roles: [...roles], organisation } satisfies MeView);
    },
  });
}
