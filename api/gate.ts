import type { RequestHandler } from 'express';
import { problem, RequestProblem } from './problem.ts';

/** Lets so many requests in at a time and answers the others 503 with Retry-After, before it reads their bodies. */
export function atMost(max: number): RequestHandler {
  let inside = 0;
  return (_req, res, next) => {
    if (inside >= max) {
      const detail = `more than ${max} requests are under way here: repeat it a little later`;
      throw new RequestProblem(problem('unavailable', detail), { 'Retry-After': '1' });
    }
    inside += 1;
    res.once('close', () => {
      inside -= 1;
    });
    next();
  };
}
