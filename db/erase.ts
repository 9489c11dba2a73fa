import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Which of these ids are texts of the record that are still there. */
export async function presentTexts(
  tx: Queryable,
  number: string,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from texts where number = $1 and id = any($2::text[]) and body is not null order by id',
    [number, ids],
  );
  return rows.map(({ id }) => id);
}

/** All texts of the record that are still there. */
export async function allTexts(tx: Queryable, number: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from texts where number = $1 and body is not null order by id',
    [number],
  );
  return rows.map(({ id }) => id);
}

/** Erases texts for good: without the salt the id tells nothing of them. A file goes with its digest. */
export async function eraseTexts(
  tx: Queryable,
  number: string,
  ids: readonly string[],
  at: Instant,
): Promise<void> {
  await tx.query(
    `update attachments a set content = null, erased_at = $3 from events e
     where a.number = $1 and e.number = a.number and e.seq = a.seq and e.data ->> 'sha256' = any($2::text[]) and a.content is not null`,
    [number, ids, toIso(at)],
  );
  await tx.query(
    'update texts set body = null, salt = null where number = $1 and id = any($2::text[]) and body is not null',
    [number, ids],
  );
}

/** What receivers answered may name addresses. */
export async function eraseAnswers(tx: Queryable, number: string): Promise<void> {
  await tx.query('update deliveries set detail = null where number = $1 and detail is not null', [
    number,
  ]);
  await tx.query('update effects set error = null where number = $1 and error is not null', [
    number,
  ]);
}
