import type { RequestHandler, Router } from 'express';
import type { Engine } from '../../records/engine.ts';
import { IntakeRefused } from '../../records/alertIncident.ts';
import { createAlertIntake } from '../../records/intake.ts';
import { createKeeper } from '../../records/intakeKept.ts';
import { requireRole } from '../auth.ts';
import { atMost } from '../gate.ts';
import { readNotification, readRaw } from '../intakeBody.ts';
import { methods } from '../route.ts';
import { isOfContent } from '../unavailable.ts';

/** More than Alertmanager sends at a time, and a bound on the memory that their bodies take. */
const AT_ONCE = 128;

const admit: RequestHandler = (_req, res, next) => {
  requireRole(res, 'take in alerts', ['integration']);
  next();
};

/**
 * Alertmanager's webhook, under an integration's key. Alertmanager repeats what is answered 5xx and drops what is answered 4xx: so a delivery is never
 * refused for its content, but kept. Repeats are known by the group and its alerts; an Idempotency-Key is not needed.
 */
export function intakeAlertmanagerRoutes(router: Router, engine: Engine): void {
  const takeIn = createAlertIntake(engine);
  const keep = createKeeper(engine);
  methods(router, '/api/v1/intake/alertmanager', {
    post: [
      admit,
      atMost(AT_ONCE),
      async (req, res) => {
        const actor = requireRole(res, 'take in alerts', ['integration']);
        const body = await readRaw(req);
        const { delivery } = body;
        const reading = await readNotification(body);
        if ('reason' in reading) {
          res.json(await keep(delivery, reading.reason, actor));
          return;
        }
        try {
          res.json(await takeIn(reading.notification, delivery, actor));
        } catch (error) {
          if (!(error instanceof IntakeRefused) && !isOfContent(error)) throw error;
          res.json(await keep(delivery, (error as Error).message, actor));
        }
      },
    ],
  });
}
