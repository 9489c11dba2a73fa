import type { Pool } from '../../db/pool.ts';

/** As if every record had been looked at: what wakes one from here on shows. */
export async function allHaveLooked(pool: Pool): Promise<void> {
  await pool.query('delete from wakes');
}

/** Whether a message goes now: it does not wait for its time, and its record is woken to see to it. */
export async function goesAtOnce(pool: Pool, key: string): Promise<boolean> {
  const { rows } = await pool.query<{ goes: boolean }>(
    `select not_before is null and exists (select from wakes w where w.number = e.number) as goes from effects e where key = $1`,
    [key],
  );
  return rows[0]?.goes === true;
}
