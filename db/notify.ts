import pg from 'pg';
import type { Pool } from './pool.ts';

const CHANNEL = 'provisor_wake';
/** Commits of a burst share one notification: NOTIFY takes a lock that all commits on the server wait for. */
const AT_MOST_EVERY_MS = 20;
const RECONNECT_MS = 1_000;

/** Tells the relay, wherever it runs, that a wake was left. Never waits and never fails: the relay looks by itself too, a little later. */
export function createNotifier(pool: Pool): () => void {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const send = (): void => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) send();
    }, AT_MOST_EVERY_MS);
    timer.unref();
    pool.query(`notify ${CHANNEL}`).catch(() => undefined);
  };
  return () => {
    if (timer === undefined) send();
    else again = true;
  };
}

/** Calls `heard` for each notification, reconnecting for ever. Returns how to stop. */
export function listenForWakes(databaseUrl: string, heard: () => void): () => Promise<void> {
  let stopped = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  const connect = (): void => {
    if (stopped) return;
    const current = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      application_name: 'provisor-relay',
    });
    client = current;
    let over = false;
    const again = (): void => {
      if (over) return;
      over = true;
      current.end().catch(() => undefined);
      retry = setTimeout(connect, RECONNECT_MS);
    };
    current.on('notification', heard);
    current.on('error', again);
    current.on('end', again);
    current
      .connect()
      .then(() => current.query(`listen ${CHANNEL}`))
      .then(heard, again);
  };
  connect();
  return async () => {
    stopped = true;
    clearTimeout(retry);
    await client?.end().catch(() => undefined);
    clearTimeout(retry);
  };
}
