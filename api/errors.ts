import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { NewerDefinition } from '../records/engine.ts';
import { problem, RequestProblem } from './problem.ts';
import type { ProblemBody } from './problem.ts';
import { traceIdOf } from './trace.ts';
import { isUnavailable } from './unavailable.ts';

/** Answers with Problem Details (RFC 9457). */
export function sendProblem(
  res: Response,
  body: ProblemBody,
  headers: Readonly<Record<string, string>> = {},
): void {
  const answer = { ...body, traceId: traceIdOf(res) };
  res.status(body.status).set(headers).set('Cache-Control', 'no-store');
  res.type('application/problem+json').send(JSON.stringify(answer));
}

const AGAIN =
  'the database does not answer; the request may have been applied: repeat it with the same Idempotency-Key';

/** What express and its body parser throw, by status. */
function ofExpress(error: { status: number; type?: unknown; message: string }): ProblemBody {
  if (error.type === 'entity.parse.failed') {
    return problem('badRequest', `the body is no JSON object: ${error.message}`);
  }
  if (error.status === 413)
    return problem('tooLarge', 'the body is larger than this resource takes');
  if (error.status === 415) return problem('unsupportedMediaType', 'send JSON in UTF-8');
  return problem('badRequest', 'the request cannot be read: check its address and its body');
}

function isOfExpress(error: unknown): error is { status: number; message: string } {
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** The last handler: every fault becomes one answer; what nobody expected is logged and tells the caller nothing but its trace id. */
export function faultHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    if (error instanceof RequestProblem) {
      sendProblem(res, error.problem, error.headers);
    } else if (error instanceof NewerDefinition) {
      sendProblem(res, problem('unavailable', error.message), { 'Retry-After': '30' });
    } else if (isUnavailable(error)) {
      logger.warn({ err: error, traceId: traceIdOf(res) }, 'PostgreSQL is not available');
      sendProblem(res, problem('unavailable', AGAIN), { 'Retry-After': '2' });
    } else if (isOfExpress(error)) {
      sendProblem(res, ofExpress(error));
    } else {
      logger.error({ err: error, traceId: traceIdOf(res) }, 'a request failed');
      sendProblem(
        res,
        problem('fault', 'something went wrong here; the operator finds it by the trace id'),
      );
    }
  };
}
