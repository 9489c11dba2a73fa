import type { Request } from 'express';

/** The Link header's value (RFC 8288) for the next page: the same request with its cursor. */
export function nextLink(req: Request, cursor: string): string {
  const url = new URL(req.originalUrl, 'http://localhost');
  url.searchParams.set('cursor', cursor);
  return `<${url.pathname}${url.search}>; rel="next"`;
}
