import { stringify } from 'yaml';

export const temporalPortNames = [
  ...(['frontend', 'matching', 'history', 'worker'] as const),
  ...(['frontendMembership', 'matchingMembership'] as const),
  ...(['historyMembership', 'workerMembership'] as const),
] as const;

export type TemporalPorts = Readonly<Record<(typeof temporalPortNames)[number], number>>;

/** A PostgreSQL as Temporal's server and SQL tool want it named. */
export interface SqlTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls: 'off' | 'unverified' | 'verified';
}

/** Temporal's two databases. */
export interface TemporalDatabases {
  readonly history: string;
  readonly visibility: string;
}

/**
 * Reads a PostgreSQL URL.
 * @throws Error when it has no host: Temporal's server does not connect through a socket file.
 */
export function sqlTarget(databaseUrl: string): SqlTarget {
  const url = new URL(databaseUrl);
  if (url.hostname === '') {
    throw new Error(
      'DATABASE_URL names no host. The Temporal server connects to PostgreSQL by TCP: give it as postgresql://user:password@host:5432/database, or set TEMPORAL_ADDRESS to a Temporal server of your own.',
    );
  }
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: mode.startsWith('verify') ? 'verified' : mode === 'require' ? 'unverified' : 'off',
  };
}

/** The server's configuration file: all services in one process, on the loopback, on PostgreSQL. */
export function temporalConfig(
  target: SqlTarget,
  databases: TemporalDatabases,
  ports: TemporalPorts,
  dynamicConfigFile: string,
): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const store = (databaseName: string, connections: number) => ({
    sql: {
      // Measured: a fifth to two fifths less PostgreSQL CPU than the plug-in "postgres12".
      pluginName: 'postgres12_pgx',
      databaseName,
      connectAddr: `${host}:${target.port}`,
      connectProtocol: 'tcp',
      user: target.user,
      password: target.password,
      maxConns: connections,
      maxIdleConns: connections,
      maxConnLifetime: '1h',
      ...(target.tls === 'off'
        ? {}
        : { tls: { enabled: true, enableHostVerification: target.tls === 'verified' } }),
    },
  });
  const service = (grpcPort: number, membershipPort: number) => ({
    rpc: { grpcPort, membershipPort, bindOnIP: '127.0.0.1' },
  });
  return stringify({
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      // Fixed when the database is made: another number later would lose every workflow.
      numHistoryShards: 16,
      datastores: {
        default: store(databases.history, 20),
        visibility: store(databases.visibility, 10),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: {
      frontend: service(ports.frontend, ports.frontendMembership),
      matching: service(ports.matching, ports.matchingMembership),
      history: service(ports.history, ports.historyMembership),
      worker: service(ports.worker, ports.workerMembership),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports.frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamicConfigFile, pollInterval: '60s' },
  });
}

/** The server's dynamic configuration: less CPU on one machine; time skipping for tests only. */
export function temporalDynamicConfig(timeSkipping: boolean): string {
  const settings: Record<string, unknown> = {
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
    'history.enableChasm': false,
    'history.enableTransitionHistory': false,
    ...(timeSkipping ? { 'frontend.WorkflowTimeSkippingEnabled': true } : {}),
  };
  return stringify(
    Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [{ value }]])),
  );
}
