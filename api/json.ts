import { isUtf8 } from 'node:buffer';
import express from 'express';
import type { Request, RequestHandler } from 'express';
import type { InputIssue } from '../domain/errors.ts';
import { isWellFormed, mendText } from '../domain/text.ts';
import { problem, problemOf, RequestProblem } from './problem.ts';

const MAX_DEPTH = 32;

/** Names by which a plain object could be turned into something else. */
const dangerous = new Set(['__proto__', 'constructor', 'prototype']);

/** A reference token of a JSON Pointer (RFC 6901). Broken characters are replaced, so that it can be shown. */
function token(name: string): string {
  return mendText(name.slice(0, 100)).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What no input of this API may hold, wherever it is: broken text, dangerous names, endless nesting. The first ten are named. */
export function unsafeParts(value: unknown): InputIssue[] {
  const issues: InputIssue[] = [];
  const complain = (pointer: string, detail: string): void => {
    if (issues.length < 10) issues.push({ pointer, detail });
  };
  const visit = (part: unknown, pointer: string, depth: number): void => {
    if (typeof part === 'string') {
      if (!isWellFormed(part)) complain(pointer, 'must not hold NUL or broken characters');
      return;
    }
    if (typeof part !== 'object' || part === null) return;
    if (depth > MAX_DEPTH) {
      complain(pointer.slice(0, 200), `must not be nested deeper than ${MAX_DEPTH}`);
      return;
    }
    for (const [name, inner] of Object.entries(part)) {
      const at = `${pointer}/${token(name)}`;
      if (!isWellFormed(name))
        complain(at, 'is no possible name: it holds NUL or broken characters');
      else if (dangerous.has(name) && !Array.isArray(part)) complain(at, 'is not a known field');
      else visit(inner, at, depth + 1);
    }
  };
  visit(value, '', 1);
  return issues;
}

/** A body's bytes must be UTF-8: broken ones would be replaced silently. */
function requireUtf8(_req: unknown, _res: unknown, bytes: Buffer, encoding: string): void {
  if (encoding !== 'utf-8' || !isUtf8(bytes)) {
    throw new RequestProblem(problem('badRequest', 'the body must be UTF-8'));
  }
}

function hasBody(req: Request): boolean {
  return req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;
}

/**
 * Reads a JSON body into `req.body`; no body at all is an empty object.
 * @param limit of the body's size when it is unpacked, such as `256kb`
 */
export function jsonBody(limit: string): RequestHandler[] {
  const demandJson: RequestHandler = (req, _res, next) => {
    if (!hasBody(req)) {
      req.body = {};
    } else if (!req.is('application/json')) {
      const detail = 'send the body as JSON, with Content-Type: application/json';
      throw new RequestProblem(problem('unsupportedMediaType', detail), {
        Accept: 'application/json',
      });
    }
    next();
  };
  const parse = express.json({ limit, strict: true, verify: requireUtf8 });
  const demandSafety: RequestHandler = (req, _res, next) => {
    const issues = unsafeParts(req.body);
    if (issues.length > 0) throw new RequestProblem(problemOf({ kind: 'invalid', issues }));
    next();
  };
  return [demandJson, parse, demandSafety];
}
