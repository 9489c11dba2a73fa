import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './folders.ts';
import type { Supervisor } from './supervisor.ts';

/** The Temporal server that Provisor is tested with. */
export const TEMPORAL_VERSION = '1.32.1';

/** The official server and its SQL tool. */
export interface TemporalPrograms {
  readonly server: string;
  readonly sql: string;
}

/** Where the built programs lie: `<cache>/temporal-server-<version>/{server,sql}`. */
export function builtPrograms(): TemporalPrograms & { readonly folder: string } {
  const folder = join(cacheFolder(), `temporal-server-${TEMPORAL_VERSION}`);
  return { folder, server: join(folder, 'server'), sql: join(folder, 'sql') };
}

/** The official server of exactly our version: from the cache, else from PATH. */
export async function findPrograms(supervisor: Supervisor): Promise<TemporalPrograms | undefined> {
  const built = builtPrograms();
  const onPath = { server: findOnPath('temporal-server'), sql: findOnPath('temporal-sql-tool') };
  for (const { server, sql } of [built, onPath]) {
    if (server === undefined || sql === undefined) continue;
    if (!isExecutable(server) || !isExecutable(sql)) continue;
    const version = await versionOf(server, supervisor);
    if (version === TEMPORAL_VERSION) return { server, sql };
    supervisor.report.say(
      `${server} is Temporal ${version}; Provisor needs ${TEMPORAL_VERSION} and does not use it.`,
    );
  }
  return undefined;
}

/** The version that a Temporal program says it is. */
export async function versionOf(program: string, supervisor: Supervisor): Promise<string> {
  const output = await supervisor
    .run({
      name: `${program} --version`,
      command: program,
      args: ['--version'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      limitMs: 20_000,
    })
    .catch(() => '');
  return /version v?(\d+\.\d+\.\d+\S*)/.exec(output)?.[1] ?? 'of unknown version';
}

/** The first executable of this name on PATH. */
export function findOnPath(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
