import type { PagedIncident } from '../domain/maintenance/inhibition.ts';
import type { Queryable } from './pool.ts';

/** Open incidents of these services for which somebody was paged. */
export async function pagedIncidentsOf(
  db: Queryable,
  services: readonly string[],
): Promise<PagedIncident[]> {
  const { rows } = await db.query<{ number: string; service: string }>({
    name: 'paged-incidents',
    text: `select number, service from records
      where service = any($1::text[]) and not final and state <> 'resolved'
        and jsonb_array_length(coalesce(fields -> 'pagedPeople', '[]') || coalesce(fields -> 'pagedPlaces', '[]')) > 0
      order by opened_at`,
    values: [services],
  });
  return rows;
}

/** Records whose pages are held back by one of these. */
export async function heldRecords(
  db: Queryable,
  by: readonly string[],
): Promise<{ number: string; seq: number; organisation: string }[]> {
  const { rows } = await db.query<{ number: string; seq: number; organisation: string }>({
    name: 'held-records',
    text: `select number, seq, organisation from records
      where fields -> 'heldBy' ->> 'id' = any($1::text[]) and not final order by priority, number`,
    values: [by],
  });
  return rows;
}
