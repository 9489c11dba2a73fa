import type { Request, RequestHandler, Response, Router } from 'express';
import type { Mapped } from '../../domain/intake/mapping.ts';
import { oneLine } from '../../domain/html.ts';
import { mendText } from '../../domain/text.ts';
import { IntakeRefused } from '../../records/alertIncident.ts';
import type { Engine } from '../../records/engine.ts';
import { createAlertIntake } from '../../records/intake.ts';
import { createKeeper } from '../../records/intakeKept.ts';
import { tryIntake } from '../../records/intakeTrial.ts';
import { actorOf, policyOf, requireRole } from '../auth.ts';
import { atMost } from '../gate.ts';
import { readJson, readRaw } from '../intakeBody.ts';
import type { RawBody } from '../intakeBody.ts';
import { alertmanager, grafana, mapped } from '../intakeSources.ts';
import type { IntakeSource } from '../intakeSources.ts';
import { methods, param } from '../route.ts';
import { isOfContent } from '../unavailable.ts';
import { trialView } from '../intakeTrialView.ts';

/** More than monitoring systems send at a time, and a bound on the memory that their bodies take. */
const AT_ONCE = 128;

const PATHS = {
  alertmanager: '/api/v1/intake/alertmanager',
  grafana: '/api/v1/intake/grafana',
  mapped: '/api/v1/intake/generic/:mapping',
} as const;

/** Where monitoring systems send to: they may call without limit. */
export const intakePaths = Object.values(PATHS);

const admit: RequestHandler = (_req, res, next) => {
  requireRole(res, 'take in alerts', ['integration']);
  next();
};

/** Whether a delivery is only tried. What else is in the query is the sender's business. */
function isTrial(req: Request): boolean {
  return new URL(req.originalUrl, 'http://provisor').searchParams.get('dryRun') === 'true';
}

/**
 * The webhooks of monitoring systems, under an integration's key. They drop what is answered 4xx: so a delivery is never refused for its content, but
 * kept. Repeats are known by the group and its alerts; an Idempotency-Key is not needed.
 */
export function intakeRoutes(router: Router, engine: Engine): void {
  const takeIn = createAlertIntake(engine);
  const keep = createKeeper(engine);

  const read = async (source: IntakeSource, body: RawBody, res: Response): Promise<Mapped> => {
    const json = await readJson(body);
    return 'reason' in json ? json : source.read(json.data, await policyOf(engine, res));
  };
  const answer = async (source: IntakeSource, req: Request, res: Response): Promise<void> => {
    const body = await readRaw(req);
    const found = await read(source, body, res);
    if (isTrial(req)) {
      res.json(trialView(tryIntake(source.name, found, await policyOf(engine, res))));
      return;
    }
    if ('ignored' in found) {
      res.json({ number: null, changed: false });
      return;
    }
    const { delivery } = body;
    const actor = actorOf(res);
    if ('reason' in found) {
      res.json(await keep(`A notification of ${source.name}`, delivery, found.reason, actor));
      return;
    }
    try {
      res.json(await takeIn(found.notification, delivery, actor));
    } catch (error) {
      if (!(error instanceof IntakeRefused) && !isOfContent(error)) throw error;
      res.json(
        await keep(`A notification of ${source.name}`, delivery, (error as Error).message, actor),
      );
    }
  };
  // One gate for all of them: it is the process's memory that is bounded.
  const gate = atMost(AT_ONCE);
  const from = (path: string, sourceOf: (req: Request) => IntakeSource): void => {
    methods(router, path, {
      post: [admit, gate, (req, res) => answer(sourceOf(req), req, res)],
    });
  };
  from(PATHS.alertmanager, () => alertmanager);
  from(PATHS.grafana, () => grafana);
  from(PATHS.mapped, (req) => mapped(oneLine(mendText(param(req, 'mapping').slice(0, 64)))));
}
