import type { Router } from 'express';
import { webhookSecret } from '../../records/signing.ts';
import { requireRole } from '../auth.ts';
import type { WebhookSecret } from '../contract.ts';
import type { ApiDeps } from '../deps.ts';
import { Query } from '../query.ts';
import { methods } from '../route.ts';

/** What a receiver of our webhooks verifies them with. The address must be written as the policy has it. */
export function webhookRoutes(router: Router, { secret }: Pick<ApiDeps, 'secret'>): void {
  methods(router, '/api/v1/webhooks/secret', {
    get: (req, res) => {
      requireRole(res, 'read webhook secret', ['admin']);
      const query = new Query(req, ['url']);
      const url = query.one('url') ?? '';
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
        query.refuse('url', 'must be an http or https address, as the policy has it');
      }
      res.set('Cache-Control', 'no-store');
      res.json({ url, secret: webhookSecret(secret, url) } satisfies WebhookSecret);
    },
  });
}
