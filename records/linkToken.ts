import { SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { isSameSignature, sign } from './signing.ts';

/** Id, expiry in seconds since 1970, signature over both. */
const TOKEN = /^([\w-]{22})\.(\d{1,11})\.([\w-]{43})$/;

const ID_BYTES = 16;

function signature(secret: string, id: string, expires: string): string {
  return sign(secret, `link-token:${id}.${expires}`).toString('base64url');
}

/**
 * The id of an effect's link: the same for every attempt at the effect, and nobody can guess it.
 * @param answer the one answer that it gives; null: every answer to the page
 */
export function linkId(secret: string, effectKey: string, answer: string | null): string {
  const what = answer === null ? effectKey : `${effectKey}:${answer}`;
  return sign(secret, `link:${what}`).subarray(0, ID_BYTES).toString('base64url');
}

/** @param expiresAt its part of a second is dropped */
export function linkToken(secret: string, id: string, expiresAt: Instant): string {
  const expires = String(Math.floor(expiresAt / SECOND));
  return `${id}.${expires}.${signature(secret, id, expires)}`;
}

/** Checks a token without a look at the database: what was not made here never gets that far. */
export function verifyToken(
  secret: string,
  token: string,
  now: Instant,
): { id: string } | 'invalid' | 'expired' {
  const [, id, expires, given] = TOKEN.exec(token) ?? [];
  if (id === undefined || expires === undefined || given === undefined) return 'invalid';
  if (!isSameSignature(given, signature(secret, id, expires))) return 'invalid';
  return now < Number(expires) * SECOND ? { id } : 'expired';
}
