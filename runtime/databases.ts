import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Runs `work` with one connection, and closes it. */
export async function withConnection<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Resolves once a query is answered; rejects when `ended` aborts. */
export async function untilAnswering(url: string, ended: AbortSignal): Promise<void> {
  for (;;) {
    ended.throwIfAborted();
    const answered = await withConnection(url, (client) => client.query('select 1')).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(100);
  }
}

/**
 * Waits for somebody's own PostgreSQL, which may start at the same time as we do.
 * @throws Error that says what to check: at once when it answers and refuses, else after `limitMs`.
 */
export async function requireDatabase(url: string, limitMs = 30_000): Promise<void> {
  const until = Date.now() + limitMs;
  for (;;) {
    try {
      await withConnection(url, (client) => client.query('select 1'));
      return;
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      // 57P03: it starts up. Any other SQLSTATE is an answer.
      const refused = /^[0-9A-Z]{5}$/.test(code) && code !== '57P03';
      if (refused || Date.now() > until) {
        const why = message === '' ? code : message;
        throw new Error(
          `PostgreSQL cannot be used (${why}). Check DATABASE_URL (postgresql://user:password@host:5432/database), or unset it for the embedded PostgreSQL.`,
        );
      }
    }
    await sleep(500);
  }
}

/**
 * Makes each database that is not there yet.
 * @throws Error that says what to do when this user may not make databases.
 */
export async function ensureDatabases(url: string, names: readonly string[]): Promise<void> {
  await withConnection(url, async (client) => {
    for (const name of names) {
      const found = await client.query('select 1 from pg_database where datname = $1', [name]);
      if (found.rowCount !== 0) continue;
      try {
        await client.query(`create database ${client.escapeIdentifier(name)}`);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        // 42P04, 23505: another process made it in between.
        if (code === '42P04' || code === '23505') continue;
        throw new Error(
          `The database ${name} cannot be made (${message}). Make it as an administrator of that PostgreSQL, owned by the user in DATABASE_URL, or let the user make databases (ALTER ROLE … CREATEDB).`,
        );
      }
    }
  });
}

/** Is there a table of this name in the database's own schemas? */
export async function hasTable(url: string, table: string): Promise<boolean> {
  return withConnection(url, async (client) => {
    const found = await client.query('select to_regclass($1) is not null as there', [table]);
    return (found.rows as { there: boolean }[])[0]?.there === true;
  });
}
