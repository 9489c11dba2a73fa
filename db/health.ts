import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Queryable } from './pool.ts';

const folder = fileURLToPath(new URL('./migrations', import.meta.url));

/** Migrations of this version that the database has not had. @throws when it cannot be reached */
export async function missingMigrations(db: Queryable): Promise<string[]> {
  const { rows: tables } = await db.query<{ there: boolean }>(
    "select to_regclass('migrations') is not null as there",
  );
  const { rows } =
    tables[0]?.there === true
      ? await db.query<{ name: string }>('select name from migrations')
      : { rows: [] };
  const had = new Set(rows.map(({ name }) => name));
  const names = (await readdir(folder)).map((file) => file.replace(/\.[^.]+$/, ''));
  return names.filter((name) => !had.has(name)).sort();
}

/** Whether records can be written: not on a standby, nor where somebody made transactions read-only. @throws when it cannot be reached */
export async function takesWrites(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ transaction_read_only: string }>('show transaction_read_only');
  return rows[0]?.transaction_read_only === 'off';
}

/** Effects that were given up and not dismissed: somebody was not reached, and an operator should know. */
export async function deadEffects(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    "select count(*) from effects where state = 'dead' and dismissed_at is null",
  );
  return Number(rows[0]?.count);
}
