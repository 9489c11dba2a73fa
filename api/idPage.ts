import type { Request, Response } from 'express';
import { nextLink } from './links.ts';
import type { Query } from './query.ts';

const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;

function readAfter(query: Query): string | undefined {
  const cursor = query.one('cursor');
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  return ID.test(id) ? id : query.refuse('cursor', 'must be a nextCursor of this list');
}

/**
 * Answers with one page of a list whose place is an id.
 * @param list gets one more than is shown, to know whether another page follows, and the id after which it goes on
 * @param view what is shown of the rows of the page
 */
export async function answerIdPage<Row extends { readonly id: string }>(
  req: Request,
  res: Response,
  query: Query,
  list: (limit: number, after: string | undefined) => Promise<readonly Row[]>,
  view: (rows: readonly Row[]) => readonly object[] | Promise<readonly object[]>,
): Promise<void> {
  const limit = query.limit();
  const rows = await list(limit + 1, readAfter(query));
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const nextCursor = last === undefined ? null : Buffer.from(last.id).toString('base64url');
  if (nextCursor !== null) res.set('Link', nextLink(req, nextCursor));
  res.json({ items: await view(shown), nextCursor });
}
