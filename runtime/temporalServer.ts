import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDatabases, hasTable, untilAnswering } from './databases.ts';
import { isServing } from './namespace.ts';
import { rememberedPorts } from './ports.ts';
import { writePrivate } from './secrets.ts';
import type { Supervisor } from './supervisor.ts';
import {
  sqlTarget,
  temporalConfig,
  temporalDynamicConfig,
  temporalPortNames,
} from './temporalConfig.ts';
import type { SqlTarget, TemporalDatabases } from './temporalConfig.ts';
import type { TemporalPrograms } from './temporalPrograms.ts';

export interface TemporalServerOptions {
  readonly home: string;
  readonly supervisor: Supervisor;
  readonly programs: TemporalPrograms;
  /** Any database on the PostgreSQL that the server shall use. */
  readonly databaseUrl: string;
  readonly databases: TemporalDatabases;
  readonly timeSkipping: boolean;
}

export interface RunningServer {
  readonly address: string;
  pid(): number | undefined;
}

/** Starts the official server: brings its schema up to date, writes its configuration, waits until it serves. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<RunningServer> {
  const { home, supervisor, programs, databases } = options;
  const target = sqlTarget(options.databaseUrl);
  await supervisor.report.wait("Temporal's database schema", async () => {
    await ensureDatabases(options.databaseUrl, [databases.history, databases.visibility]);
    await Promise.all([
      updateSchema(options, target, databases.history, 'temporal'),
      updateSchema(options, target, databases.visibility, 'visibility'),
    ]);
  });

  const ports = await rememberedPorts(join(home, 'ports.json'), temporalPortNames);
  const configFile = join(home, 'temporal', 'server.yaml');
  const dynamicConfigFile = join(home, 'temporal', 'dynamic.yaml');
  writeFileSync(dynamicConfigFile, temporalDynamicConfig(options.timeSkipping));
  writePrivate(configFile, temporalConfig(target, databases, ports, dynamicConfigFile));

  const address = `127.0.0.1:${ports.frontend}`;
  const child = await supervisor.report.wait('the Temporal server to start', () =>
    supervisor.start('temporal', {
      name: 'Temporal server',
      command: programs.server,
      args: ['--config-file', configFile, '--allow-no-auth', 'start'],
      env: {
        PATH: process.env['PATH'],
        TZ: 'UTC',
        // Measured: more throughput on one machine for about 200 MB of memory.
        GOGC: '400',
        GODEBUG: 'adaptivestackstart=1',
      },
      cwd: join(home, 'temporal'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 15_000,
      readyWithinMs: 120_000,
      ready: (_child, ended) => untilServing(address, ended),
      // It gives up at once when PostgreSQL is down.
      needs: (stopping) => untilAnswering(options.databaseUrl, stopping),
    }),
  );
  return { address, pid: () => child.pid };
}

/** Resolves once the server at the address answers. */
export async function untilServing(address: string, ended: AbortSignal): Promise<void> {
  for (;;) {
    ended.throwIfAborted();
    if (await isServing(address)) return;
    await sleep(100);
  }
}

async function updateSchema(
  options: TemporalServerOptions,
  target: SqlTarget,
  database: string,
  kind: 'temporal' | 'visibility',
): Promise<void> {
  const url = new URL(options.databaseUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  const sql = (...args: string[]) =>
    options.supervisor.run({
      name: `Temporal's SQL tool on ${database}`,
      command: options.programs.sql,
      args: [
        ...['--plugin', 'postgres12_pgx', '--ep', target.host, '-p', String(target.port)],
        ...['-u', target.user, '--db', database],
        ...(target.tls === 'off' ? [] : ['--tls']),
        ...(target.tls === 'unverified' ? ['--tls-disable-host-verification'] : []),
        ...args,
      ],
      // By the environment: the arguments of a process are for everybody to read.
      env: { PATH: process.env['PATH'], SQL_PASSWORD: target.password },
      limitMs: 180_000,
    });
  if (!(await hasTable(url.href, 'schema_version'))) await sql('setup-schema', '-v', '0.0');
  await sql('update-schema', '--schema-name', `postgresql/v12/${kind}`);
}
