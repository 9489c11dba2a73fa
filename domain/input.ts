import type { z } from 'zod';
import type { InputIssue, Result } from './errors.ts';
import { ok, refuse } from './errors.ts';

/** An input with more faults than this is answered with the first ones: mending those shows the rest. */
const MOST_ISSUES = 100;

function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function toIssues(issue: z.core.$ZodIssue): InputIssue[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ pointer: pointerTo(issue.path), detail: issue.message }];
  }
  return issue.keys.map((key) => ({
    pointer: pointerTo([...issue.path, key]),
    detail: 'is not a known field',
  }));
}

/** Refuses an input for faults that its schema cannot know of. */
export function refuseInput(issues: readonly InputIssue[]): Result<never> {
  return refuse({ kind: 'invalid', issues: issues.slice(0, MOST_ISSUES) });
}

/** Checks what came from outside. Each fault is named by its place; with a single one nothing is accepted. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): Result<z.output<Schema>> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return ok(parsed.data);
  return refuseInput(parsed.error.issues.flatMap(toIssues));
}
