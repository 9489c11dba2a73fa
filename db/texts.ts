import type { Queryable } from './pool.ts';

/** The bodies of free texts by their ids; one that was erased is absent. */
export async function readTexts(db: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; body: string }>({
    name: 'read-texts',
    text: 'select id, body from texts where id = any($1::text[]) and body is not null',
    values: [ids],
  });
  return new Map(rows.map(({ id, body }) => [id, body]));
}
