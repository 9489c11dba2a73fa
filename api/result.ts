import type { z } from 'zod';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { problemOf, RequestProblem } from './problem.ts';

/** The value; a refusal is thrown for the fault handler, which answers with it. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RequestProblem(problemOf(result.error));
}

/** Checks a body; each fault is named by its place. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): Result<z.output<Schema>> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const issues = parsed.error.issues.flatMap((issue) => {
    const at = issue.path.map(
      (part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    );
    if (issue.code !== 'unrecognized_keys')
      return [{ pointer: at.join(''), detail: issue.message }];
    return issue.keys.map((key) => ({
      pointer: `${at.join('')}/${key}`,
      detail: 'is not a known field',
    }));
  });
  return refuse({ kind: 'invalid', issues: issues.slice(0, 20) });
}
