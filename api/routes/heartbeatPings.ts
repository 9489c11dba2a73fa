import type { Request, RequestHandler, Router } from 'express';
import { refuse } from '../../domain/errors.ts';
import type { PingKind } from '../../db/heartbeatPings.ts';
import type { Engine } from '../../records/engine.ts';
import { createPingTaker } from '../../records/heartbeatPings.ts';
import { noHeartbeat } from '../../records/heartbeats.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

/** What a ping says, by its parameter. */
function statusOf(req: Request): PingKind {
  const query = new Query(req, ['status']);
  const status = query.one('status') ?? 'ok';
  if (status === 'ok' || status === 'start' || status === 'fail') return status;
  return query.refuse('status', 'must be ok, start or fail');
}

/**
 * The addresses that jobs ping: no key is asked for, the token is one. What is sent along is not read. Without the database the answer is 503: a
 * client that repeats it is heard.
 */
export function heartbeatPingRoutes(router: Router, engine: Engine): void {
  const takePing = createPingTaker(engine);
  const taking =
    (kindOf: (req: Request) => PingKind): RequestHandler =>
    async (req, res) => {
      const isKnown = await takePing(param(req, 'token'), kindOf(req));
      if (!isKnown) valueOf(refuse(noHeartbeat));
      res.set('Cache-Control', 'no-store').type('text/plain').send('OK\n');
    };
  const serve = (path: string, kindOf: (req: Request) => PingKind): void => {
    methods(router, path, { get: taking(kindOf), post: taking(kindOf) });
  };
  serve('/heartbeats/:token', statusOf);
  serve('/heartbeats/:token/fail', () => 'fail');
  serve('/heartbeats/:token/start', () => 'start');
}
