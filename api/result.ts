import type { Result } from '../domain/errors.ts';
import { problemOf, RequestProblem } from './problem.ts';

/** The value; a refusal is thrown for the fault handler, which answers with it. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RequestProblem(problemOf(result.error));
}
