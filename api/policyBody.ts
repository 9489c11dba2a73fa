import { isUtf8 } from 'node:buffer';
import express from 'express';
import type { Request, RequestHandler } from 'express';
import type { InputIssue, Result } from '../domain/errors.ts';
import { refuse } from '../domain/errors.ts';
import { readPolicyText } from '../records/policyText.ts';
import type { PolicyText } from '../records/policyText.ts';
import { jsonBody, unsafeParts } from './json.ts';
import { problem, problemOf, RequestProblem } from './problem.ts';
import { valueOf } from './result.ts';

const MAX_BODY = '1mb';
const YAML = ['application/yaml', 'application/x-yaml', 'text/yaml'];
/** More faults than this help nobody. */
const MOST_ISSUES = 100;

function isYaml(req: Request): boolean {
  return typeof req.is(YAML) === 'string';
}

function onlyFor(applies: (req: Request) => boolean, handler: RequestHandler): RequestHandler {
  return (req, res, next) => {
    if (applies(req)) handler(req, res, next);
    else next();
  };
}

const isOther = (req: Request): boolean => !isYaml(req);

function readYaml(req: Request): PolicyText {
  const bytes: unknown = req.body;
  if (!Buffer.isBuffer(bytes) || !isUtf8(bytes)) {
    throw new RequestProblem(problem('badRequest', 'the body must be UTF-8'));
  }
  const text = valueOf(readPolicyText(bytes.toString('utf8')));
  const issues = unsafeParts(text.data);
  if (issues.length > 0) throw new RequestProblem(problemOf({ kind: 'invalid', issues }));
  return text;
}

/** Reads a policy as JSON or as YAML; `policyOf` gives it. */
export const policyBody: readonly RequestHandler[] = [
  onlyFor(isYaml, express.raw({ type: YAML, limit: MAX_BODY })),
  ...jsonBody(MAX_BODY).map((handler) => onlyFor(isOther, handler)),
];

export interface SentPolicy {
  readonly data: unknown;
  /** A result with its faults as the sender finds them: in YAML by their line too. */
  readonly located: <T>(result: Result<T>) => Result<T>;
}

function withIssues<T>(result: Result<T>, change: (issue: InputIssue) => InputIssue): Result<T> {
  if (result.ok || result.error.kind !== 'invalid') return result;
  const issues = result.error.issues.slice(0, MOST_ISSUES).map(change);
  return refuse({ kind: 'invalid', issues });
}

/** The policy of a request. Only behind `policyBody`. @throws RequestProblem when it cannot be read */
export function policyOf(req: Request): SentPolicy {
  if (!isYaml(req)) {
    return { data: req.body, located: (result) => withIssues(result, (issue) => issue) };
  }
  const { data, lineOf } = readYaml(req);
  return {
    data,
    located: (result) =>
      withIssues(result, ({ pointer, detail }) => ({
        pointer,
        detail: `line ${lineOf(pointer)}: ${detail}`,
      })),
  };
}
