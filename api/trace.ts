import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

/** W3C Trace Context: version, trace id, parent id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Gives each request its trace id: the caller's by `traceparent`, else a new one. */
export const trace: RequestHandler = (req, res, next) => {
  const given = TRACEPARENT.exec(req.get('traceparent') ?? '')?.[1];
  res.locals['traceId'] = given ?? randomBytes(16).toString('hex');
  next();
};

export function traceIdOf(res: Response): string {
  return String(res.locals['traceId']);
}
