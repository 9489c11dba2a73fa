import { join } from 'node:path';
import { ensureDatabases, requireDatabase } from './databases.ts';
import { startPostgres } from './postgres.ts';
import { writePrivate } from './secrets.ts';
import type { Supervisor } from './supervisor.ts';
import { namesServer, startTemporal } from './temporal.ts';

export interface EngineOptions {
  /** A prepared and locked home. */
  readonly home: string;
  readonly supervisor: Supervisor;
  /** A PostgreSQL of one's own; undefined: the embedded one. */
  readonly databaseUrl?: string | undefined;
  readonly namespace?: string | undefined;
  readonly timeSkipping?: boolean | undefined;
  readonly requireOfficial?: boolean | undefined;
  readonly durable?: boolean | undefined;
}

/** PostgreSQL and Temporal, ready for use. The supervisor stops them. */
export interface Engines {
  /** Provisor's own database. */
  readonly databaseUrl: string;
  /** The embedded PostgreSQL's superuser on the database `postgres`; undefined with a PostgreSQL of one's own. */
  readonly superuserUrl: string | undefined;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** What a process needs in its environment to reach both; an undefined value must be unset. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  pids(): { postgres: number | undefined; temporal: number | undefined };
}

/** Starts or connects to PostgreSQL, then to Temporal. */
export async function startEngines(options: EngineOptions): Promise<Engines> {
  const { home, supervisor } = options;
  const postgres =
    options.databaseUrl === undefined
      ? await startPostgres({ home, supervisor, durable: options.durable ?? true })
      : undefined;
  const databaseUrl = options.databaseUrl ?? postgres?.url('provisor') ?? '';
  if (postgres === undefined) {
    supervisor.report.say(`PostgreSQL: ${withoutPassword(databaseUrl)}`);
    await supervisor.report.wait('PostgreSQL to answer', () => requireDatabase(databaseUrl));
  } else {
    await ensureDatabases(postgres.url('postgres'), ['provisor']);
  }

  const requireOfficial = options.requireOfficial ?? false;
  const temporal = await startTemporal({
    home,
    supervisor,
    databaseUrl: postgres?.url('postgres') ?? databaseUrl,
    databases: databaseNames(options.databaseUrl),
    namespace: options.namespace,
    timeSkipping: options.timeSkipping ?? false,
    requireOfficial,
  });
  const own = requireOfficial || !namesServer(process.env);
  return {
    databaseUrl,
    superuserUrl: postgres?.url('postgres'),
    temporalAddress: temporal.address,
    namespace: temporal.namespace,
    environment: {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      ...(own ? ownServerOnly(home, temporal) : {}),
    },
    pids: () => ({ postgres: postgres?.pid(), temporal: temporal.pid() }),
  };
}

/** On somebody's own PostgreSQL another Temporal may have the plain names already. */
function databaseNames(databaseUrl: string | undefined) {
  if (databaseUrl === undefined) return { history: 'temporal', visibility: 'temporal_visibility' };
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  return { history: `${name}_temporal`, visibility: `${name}_temporal_visibility` };
}

/** A profile in the user's home (an API key, TLS, another address) must not reach the embedded server's clients. */
function ownServerOnly(home: string, temporal: { address: string; namespace: string }) {
  const file = join(home, 'temporal', 'client.toml');
  const { address, namespace } = temporal;
  writePrivate(file, `[profile.default]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
  const unset = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(unset.map((name) => [name, undefined])),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_CONFIG_FILE: file,
  };
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  return url.href;
}
