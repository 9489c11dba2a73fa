import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

/**
 * Brings the database's tables to this version; several at once wait for each other.
 * @param count how many of the pending migrations; all, unless somebody needs the tables of an older version
 * @throws when a migration fails: nothing of it stays
 */
export async function migrate(databaseUrl: string, count = Infinity): Promise<void> {
  await runner({
    databaseUrl,
    count,
    dir: fileURLToPath(new URL('./migrations', import.meta.url)),
    direction: 'up',
    migrationsTable: 'migrations',
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
}
