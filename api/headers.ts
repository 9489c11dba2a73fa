import type { Request } from 'express';
import { problem, RequestProblem } from './problem.ts';

function malformed(header: string, detail: string): RequestProblem {
  return new RequestProblem(
    problem('badRequest', `${header}: ${detail}`, { errors: [{ header, detail }] }),
  );
}

/** The caller's Idempotency-Key. @throws RequestProblem when it is malformed */
export function idempotencyKey(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined) return undefined;
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw malformed('Idempotency-Key', 'must be 1 to 200 visible ASCII characters');
}

/** The seq that the caller saw, by `If-Match: "7"`; undefined when any will do. @throws RequestProblem when it is malformed */
export function ifMatch(req: Request): number | undefined {
  const value = req.get('if-match')?.trim();
  if (value === undefined || value === '*') return undefined;
  const seq = /^"(\d{1,9})"$/.exec(value)?.[1];
  if (seq === undefined)
    throw malformed('If-Match', 'must be one ETag as it was given, such as "7"');
  return Number(seq);
}

export function etag(seq: number): string {
  return `"${seq}"`;
}

/** Whether the caller has this version already (If-None-Match). */
export function hasAlready(req: Request, seq: number): boolean {
  const value = req.get('if-none-match');
  if (value === undefined) return false;
  const tags = value.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag(seq));
}
