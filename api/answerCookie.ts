import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { DAY } from '../domain/time.ts';

const NAME = 'provisor-answer';
const SECRET_BYTES = 32;
const PAIR = new RegExp(String.raw`(?:^|;\s*)${NAME}=([\w-]{43})(?:;|$)`);

/** As long as a link answers. */
const MAX_AGE = DAY;

/**
 * The secret by which a browser is known again for one link, made anew where it brings none. Nothing of it is kept here until it answers; then only
 * its hash is.
 */
export function browserOf(request: Request): string {
  const known = PAIR.exec(request.get('cookie') ?? '')?.[1];
  return known ?? randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * Hands the secret to the browser, for the address of one link. It is `Lax`, not `Strict`: a link opened from a mail that is read in the browser
 * would not bring a strict one, and the page would take the browser for another.
 * @param publicUrl what the browser has before `/a/{token}`
 * @param token of a link that was made here: it is part of the cookie's path
 */
export function rememberBrowser(
  response: Response,
  publicUrl: string,
  token: string,
  browser: string,
): void {
  const { protocol, pathname } = new URL(publicUrl);
  response.cookie(NAME, browser, {
    path: `${pathname.replace(/\/$/, '')}/a/${token}`,
    httpOnly: true,
    secure: protocol === 'https:',
    sameSite: 'lax',
    maxAge: MAX_AGE,
  });
}
