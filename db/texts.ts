import type { Queryable } from './pool.ts';

/** The bodies of records' free texts by their ids: null for one that was erased; an id that no text of theirs has is absent, so that an id found elsewhere opens nothing. */
export async function readTexts(
  db: Queryable,
  numbers: readonly string[],
  ids: readonly string[],
): Promise<Map<string, string | null>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; body: string | null }>({
    name: 'read-texts',
    text: 'select id, body from texts where id = any($1::text[]) and number = any($2::text[])',
    values: [ids, numbers],
  });
  return new Map(rows.map(({ id, body }) => [id, body]));
}
