import type { Request } from 'express';
import type { Inbound } from '../../db/inbound.ts';
import type { ApiDeps } from '../deps.ts';
import { problem, RequestProblem } from '../problem.ts';

/** What the handlers of call-backs stand on. */
export type CallbackDeps = Pick<
  ApiDeps,
  'engine' | 'secret' | 'publicUrl' | 'providers' | 'logger'
>;

/** What nothing else says. */
export const nothing = {
  effectKey: null,
  person: null,
  answer: null,
  methods: [],
  delivered: null,
  detail: null,
} satisfies Partial<Inbound>;

/** As it came, for signatures are over its bytes; read by `express.text`. */
export function bodyOf(req: Request): string {
  return typeof req.body === 'string' ? req.body : '';
}

/** Of the address as it was called. */
export function queryOf(req: Request): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams;
}

/** The refusal of a call-back that does not come from where it says. */
export function forged(): RequestProblem {
  return new RequestProblem(
    problem('unauthenticated', 'the signature is not the one that your provider makes'),
  );
}

/** @throws RequestProblem (404) when the installation is not set up for a provider */
export function setting<Value>(value: Value | undefined, name: string): Value {
  if (value !== undefined) return value;
  throw new RequestProblem(problem('notFound', `this is not set up here: set ${name}`));
}
