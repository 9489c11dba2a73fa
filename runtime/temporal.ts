import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { findDevServer, startDevServer } from './devServer.ts';
import { ensureNamespace } from './namespace.ts';
import type { Supervisor } from './supervisor.ts';
import { buildTemporal, goProgram } from './temporalBuild.ts';
import type { TemporalDatabases } from './temporalConfig.ts';
import { TEMPORAL_VERSION, builtPrograms, findPrograms } from './temporalPrograms.ts';
import { startTemporalServer } from './temporalServer.ts';
import type { RunningServer } from './temporalServer.ts';

const DEFAULT_NAMESPACE = 'provisor';
const OFFICIAL_LIMITS = 'for real use on one machine';
const DEV_LIMITS = 'dev server is for a first look: one SQLite connection, about 1,000 records';

export interface TemporalOptions {
  readonly home: string;
  readonly supervisor: Supervisor;
  readonly databaseUrl: string;
  readonly databases: TemporalDatabases;
  /** Default: the profile's in TEMPORAL_* when one is used, else `provisor`. */
  readonly namespace?: string | undefined;
  /** Lets workflows skip time: tests only. */
  readonly timeSkipping: boolean;
  /** Only the official server will do: no server of the environment, no dev server. */
  readonly requireOfficial: boolean;
}

export interface Temporal {
  readonly address: string;
  readonly namespace: string;
  /** What runs, and what it is good for: one sentence for people. */
  readonly description: string;
  /** Undefined when it isn't ours, or while it is down. */
  pid(): number | undefined;
}

type Kind = 'official' | 'dev';

/**
 * Connects to, or starts, the first Temporal server that fits: the environment's, the official one that is installed,
 * a dev server, the official one built from source.
 * @throws Error that lists the ways when there is none.
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { supervisor } = options;
  if (!options.requireOfficial && namesServer(process.env)) return connect(options);

  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  const started = await startEmbedded(options, namespace);
  await supervisor.report.wait(`Temporal's namespace ${namespace}`, () =>
    ensureNamespace({ address: started.server.address }, namespace),
  );
  supervisor.report.say(started.description);
  return {
    address: started.server.address,
    namespace,
    description: started.description,
    pid: () => started.server.pid(),
  };
}

/** Does the environment name a Temporal server? A profile that merely lies in the user's home does not count. */
export function namesServer(env: NodeJS.ProcessEnv): boolean {
  return ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
    (name) => (env[name] ?? '') !== '',
  );
}

async function connect(options: TemporalOptions): Promise<Temporal> {
  const { connectionOptions, namespace: configured } = loadClientConnectConfig();
  const namespace = options.namespace ?? configured ?? DEFAULT_NAMESPACE;
  const address = connectionOptions.address ?? 'localhost:7233';
  await options.supervisor.report.wait(`Temporal at ${address}`, async () => {
    try {
      await ensureNamespace(connectionOptions, namespace);
    } catch (error) {
      throw new Error(
        `Temporal at ${address}: ${(error as Error).message}\nCheck TEMPORAL_ADDRESS, or unset it for the embedded server.`,
      );
    }
  });
  const description = `Temporal: the server at ${address}, namespace ${namespace}`;
  options.supervisor.report.say(description);
  return { address, namespace, description, pid: () => undefined };
}

async function startEmbedded(
  options: TemporalOptions,
  namespace: string,
): Promise<{ server: RunningServer; description: string }> {
  const { home, supervisor } = options;
  const before = readKind(home);
  let official = await findPrograms(supervisor);
  if (official === undefined && !options.requireOfficial && before !== 'official') {
    const program = await findDevServer(supervisor);
    if (program !== undefined) {
      const server = await startDevServer(home, supervisor, program, namespace);
      noteKind(home, 'dev');
      return {
        server,
        description: `Temporal: ${DEV_LIMITS}. The official server takes its place once it is in ${builtPrograms().folder}.`,
      };
    }
  }
  if (official === undefined) {
    const go = goProgram();
    if (go === undefined) throw new Error(waysToGetTemporal());
    official = await buildTemporal(supervisor, go);
  }
  if (before === 'dev') {
    supervisor.report.say(
      'Until now a dev server ran here. The official server begins empty; the open records are taken up again from PostgreSQL.',
    );
  }
  const server = await startTemporalServer({ ...options, programs: official });
  noteKind(home, 'official');
  return {
    server,
    description: `Temporal: the official server ${TEMPORAL_VERSION} on PostgreSQL, ${OFFICIAL_LIMITS}`,
  };
}

/** Once the official server has run on a home, no dev server may: its workflows would be out of sight. */
function readKind(home: string): Kind | undefined {
  const file = join(home, 'temporal', 'kind');
  return existsSync(file) ? (readFileSync(file, 'utf8').trim() as Kind) : undefined;
}

function noteKind(home: string, kind: Kind): void {
  writeFileSync(join(home, 'temporal', 'kind'), `${kind}\n`);
}

function waysToGetTemporal(): string {
  const { folder } = builtPrograms();
  const module = 'go.temporal.io/server/cmd';
  return [
    'No Temporal server was found. Any of these is enough:',
    '  1. a server of your own, or Temporal Cloud: set TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE, TEMPORAL_API_KEY)',
    `  2. the official server ${TEMPORAL_VERSION}: temporal-server and temporal-sql-tool on PATH,`,
    `     or built: GOBIN=${folder} go install ${module}/server@v${TEMPORAL_VERSION} ${module}/tools/sql@v${TEMPORAL_VERSION}`,
    '  3. for a first look, the temporal CLI on PATH: https://docs.temporal.io/cli',
    '  4. Go 1.26 or newer on PATH: Provisor then builds the official server by itself, once (https://go.dev/dl)',
  ].join('\n');
}
