import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { actorOf } from './auth.ts';
import { problem, RequestProblem } from './problem.ts';

/** How much this process answers a minute; 0: no limit. */
export interface RateLimits {
  /** Calls of one person or integration, over all their keys. */
  readonly callsPerMinute: number;
  /** Calls without a valid key from one address. */
  readonly failuresPerMinute: number;
}

export interface RateLimit {
  /** Behind `requireKey`: counts a call and refuses one too many. Every answer says what is left. */
  readonly calls: RequestHandler;
  /** Right behind `requireKey`: counts its refusals, and answers one too many with 429. Valid keys from the same address, such as a whole office's, go on. */
  readonly failures: ErrorRequestHandler;
}

const WINDOW_SECONDS = 60;

/** The fields of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10). */
function fields(name: string, limit: number, left: number, seconds: number) {
  return {
    'RateLimit-Policy': `"${name}";q=${limit};w=${WINDOW_SECONDS}`,
    RateLimit: `"${name}";r=${left};t=${seconds}`,
  };
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}

function tooMany(name: string, limit: number, seconds: number, detail: string): RequestProblem {
  const headers = { ...fields(name, limit, 0, seconds), 'Retry-After': String(seconds) };
  return new RequestProblem(problem('tooMany', detail), headers);
}

function createCounter(): RateLimiterMemory {
  // The limit is compared here, so that a refusal is no exception: `penalty` only counts.
  return new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS });
}

function callerOf(res: Response): string {
  const { organisation, kind, id } = actorOf(res);
  return `${organisation}/${kind}:${id}`;
}

function addressOf(req: Request): string {
  return req.ip ?? 'unknown';
}

const pass: RequestHandler = (_req, _res, next) => {
  next();
};

function limitCalls(limit: number): RequestHandler {
  if (limit === 0) return pass;
  const counter = createCounter();
  return async (_req, res, next) => {
    const { consumedPoints, msBeforeNext } = await counter.penalty(callerOf(res));
    const seconds = secondsOf(msBeforeNext);
    if (consumedPoints > limit) {
      throw tooMany(
        'calls',
        limit,
        seconds,
        `you called more than ${limit} times within a minute: go on in ${seconds} s`,
      );
    }
    res.set(fields('calls', limit, limit - consumedPoints, seconds));
    next();
  };
}

function limitFailures(limit: number): ErrorRequestHandler {
  const counter = createCounter();
  return async (error: unknown, req, _res, next) => {
    const failed = error instanceof RequestProblem && error.problem.status === 401;
    if (failed && limit > 0) {
      const { consumedPoints, msBeforeNext } = await counter.penalty(addressOf(req));
      if (consumedPoints > limit) {
        throw tooMany(
          'failures',
          limit,
          secondsOf(msBeforeNext),
          'too many calls without a valid API key came from your address: mend the key and wait',
        );
      }
    }
    next(error);
  };
}

/** Counted in this process alone: of several API processes each has the whole limit. */
export function createRateLimit({ callsPerMinute, failuresPerMinute }: RateLimits): RateLimit {
  return { calls: limitCalls(callsPerMinute), failures: limitFailures(failuresPerMinute) };
}
