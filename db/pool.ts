import pg from 'pg';
import { isReadOnly } from './unavailable.ts';

/** Anything that runs SQL: the pool, or one client inside a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

export type Pool = pg.Pool;

/**
 * A statement ends within 4 s, below the 5 s of a local activity; waiting for a connection within 3 s: PostgreSQL away is an answer, not a hang.
 * Connections stay open however long nothing happens: a new one signs in, and plans each statement anew, while a page waits.
 */
export function createPool(databaseUrl: string, max: number): Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 4_000,
    query_timeout: 5_000,
    idle_in_transaction_session_timeout: 10_000,
    idleTimeoutMillis: 0,
    // Sooner than a firewall in between forgets a connection on which nothing is said.
    keepAlive: true,
    keepAliveInitialDelayMillis: 60_000,
    application_name: 'provisor',
  });
  // An idle connection that breaks is replaced by the pool; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  pool: Pool,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onBreak = (error: Error): void => {
    broken = error;
  };
  // One that breaks while it is ours tells it by an event too; without a listener that would end the process.
  client.on('error', onBreak);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // The server is no longer the primary: only a new connection finds the one that is.
    if (isReadOnly(error)) broken = error;
    await client.query('rollback').catch((fault: unknown) => {
      broken = fault instanceof Error ? fault : new Error(String(fault));
    });
    throw error;
  } finally {
    client.off('error', onBreak);
    client.release(broken);
  }
}
