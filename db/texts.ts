import type { Queryable } from './pool.ts';

/** The bodies of free texts by their ids: null for one that was erased; an id that no text has is absent. */
export async function readTexts(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, string | null>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; body: string | null }>({
    name: 'read-texts',
    text: 'select id, body from texts where id = any($1::text[])',
    values: [ids],
  });
  return new Map(rows.map(({ id, body }) => [id, body]));
}
