import type { Router } from 'express';
import type { z } from 'zod';
import { fromIso } from '../../domain/time.ts';
import type { Notification } from '../../records/alertTexts.ts';
import type { Engine } from '../../records/engine.ts';
import { takeInAlerts } from '../../records/intake.ts';
import { requireRole } from '../auth.ts';
import { alertmanagerPayload } from '../contract/alertmanager.ts';
import { idempotencyKey } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { parseBody, valueOf } from '../result.ts';
import { methods } from '../route.ts';

/** Alertmanager sends a whole group at once. */
const MAX_BODY = '2mb';

function notificationOf({
  alerts,
  ...payload
}: z.output<typeof alertmanagerPayload>): Notification {
  return {
    ...payload,
    alerts: alerts.map(({ fingerprint, status, startsAt, labels, annotations }) => ({
      fingerprint,
      firing: status === 'firing',
      startsAt: fromIso(startsAt),
      labels,
      annotations,
    })),
  };
}

/** Alertmanager's webhook, under an integration's key. Repeats are known by the group and its alerts; an Idempotency-Key is welcome and not needed. */
export function intakeAlertmanagerRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/intake/alertmanager', {
    post: [
      (_req, res, next) => {
        requireRole(res, 'take in alerts', ['integration']);
        next();
      },
      ...jsonBody(MAX_BODY),
      async (req, res) => {
        const actor = requireRole(res, 'take in alerts', ['integration']);
        idempotencyKey(req);
        const notification = notificationOf(valueOf(parseBody(alertmanagerPayload, req.body)));
        res.json(valueOf(await takeInAlerts(engine, notification, actor)));
      },
    ],
  });
}
