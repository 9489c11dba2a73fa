import express, { Router } from 'express';
import helmet from 'helmet';
import { requireKey } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { docsRoutes } from './docs.ts';
import { faultHandler } from './errors.ts';
import { healthRoutes } from './health.ts';
import { requestLog } from './requestLog.ts';
import { createMetrics, metricsRoutes } from './metrics.ts';
import { problem, RequestProblem } from './problem.ts';
import { createRateLimit } from './rateLimit.ts';
import { accountRoutes } from './routes/account.ts';
import { answerRoutes } from './routes/answer.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { callbackRoutes } from './routes/callbacks.ts';
import { channelRoutes } from './routes/channels.ts';
import { failedAnswerRoutes } from './routes/failedAnswers.ts';
import { contactMethodRoutes } from './routes/contactMethods.ts';
import { demoRoutes } from './routes/demo.ts';
import { escalationPolicyRoutes } from './routes/escalationPolicies.ts';
import { intakePaths, intakeRoutes } from './routes/intake.ts';
import { intakeKeptRoutes } from './routes/intakeKept.ts';
import { auditRoutes } from './routes/audit.ts';
import { heartbeatPingRoutes } from './routes/heartbeatPings.ts';
import { heartbeatRoutes } from './routes/heartbeats.ts';
import { maintenanceRoutes } from './routes/maintenance.ts';
import { keyRoutes } from './routes/keys.ts';
import { peopleRoutes } from './routes/people.ts';
import { notificationRoutes } from './routes/notifications.ts';
import { policyRoutes } from './routes/policies.ts';
import { operationRoutes } from './routes/operations.ts';
import { recordRoutes } from './routes/records.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { calendarRoutes, scheduleFeedRoutes } from './routes/schedulesFeeds.ts';
import { scheduleImportRoutes } from './routes/schedulesImports.ts';
import { scheduleOnCallRoutes } from './routes/schedulesOnCall.ts';
import { scheduleOverrideRoutes } from './routes/schedulesOverrides.ts';
import { scheduleSwapRoutes } from './routes/schedulesSwaps.ts';
import { streamRoutes } from './routes/stream.ts';
import { reportRoutes } from './routes/reports.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { trace } from './trace.ts';

/** Nothing but our own files; styles inline, for the API's docs and the answer pages. No forced HTTPS: that is the proxy's. */
const security = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' },
});

/** The whole HTTP API as one express application. It keeps nothing of the process: several can live in one, as tests do. */
export function createApp(deps: ApiDeps): express.Express {
  const app = express();
  app.disable('x-powered-by').set('etag', false).set('query parser', false);
  app.set('trust proxy', [...deps.trustedProxies]);
  const metrics = createMetrics(deps);
  app.use(trace, requestLog(deps.logger), metrics.observe, security);

  const router = Router({ caseSensitive: true });
  healthRoutes(router, deps);
  metricsRoutes(router, metrics);
  docsRoutes(router, deps.engine);
  router.use(answerRoutes(deps));
  callbackRoutes(router, deps);
  calendarRoutes(router, deps);
  heartbeatPingRoutes(router, deps.engine);

  if (deps.demo !== undefined) demoRoutes(router, { engine: deps.engine, ...deps.demo });

  const limit = createRateLimit(deps.rateLimits);
  const key = requireKey(deps.engine);
  // Before the limits: a storm of alerts is coalesced, not refused.
  router.use([...intakePaths], key, limit.failures);
  intakeRoutes(router, deps.engine);
  router.use('/api/v1', key, limit.failures, limit.calls);
  accountRoutes(router);
  keyRoutes(router, deps.engine);
  auditRoutes(router, deps.engine);
  policyRoutes(router, deps.engine);
  peopleRoutes(router, deps.engine);
  contactMethodRoutes(router, deps);
  channelRoutes(router, deps);
  webhookRoutes(router, deps);
  notificationRoutes(router, deps.engine);
  reportRoutes(router, deps.engine);
  operationRoutes(router, deps.engine);
  failedAnswerRoutes(router, deps.engine);
  intakeKeptRoutes(router, deps.engine);
  escalationPolicyRoutes(router, deps.engine);
  scheduleRoutes(router, deps.engine);
  scheduleOnCallRoutes(router, deps.engine);
  scheduleOverrideRoutes(router, deps.engine);
  scheduleSwapRoutes(router, deps.engine);
  scheduleImportRoutes(router, deps);
  scheduleFeedRoutes(router, deps);
  heartbeatRoutes(router, deps);
  maintenanceRoutes(router, deps.engine);
  for (const process of deps.engine.processes.values()) {
    attachmentRoutes(router, { engine: deps.engine, process });
    streamRoutes(router, { engine: deps.engine, process });
    recordRoutes(router, { engine: deps.engine, process });
  }

  app.use(router);
  app.use(() => {
    throw new RequestProblem(
      problem('notFound', 'nothing is at this address; the API is described at /docs'),
    );
  });
  app.use(faultHandler(deps.logger));
  return app;
}
