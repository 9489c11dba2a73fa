import type { Request } from 'express';

/** The query of a request as it was sent; express's own parser would guess at nested names. */
export function searchParams(req: Request): URLSearchParams {
  const start = req.originalUrl.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : req.originalUrl.slice(start));
}

/** The Link header's value (RFC 8288) for the next page: the same request with its cursor. */
export function nextLink(req: Request, cursor: string): string {
  const query = searchParams(req);
  query.set('cursor', cursor);
  return `<${req.path}?${query.toString()}>; rel="next"`;
}
