import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { untilAnswering } from './databases.ts';
import { openHomeTo } from './home.ts';
import { rememberedPorts } from './ports.ts';
import { postgresBinaries } from './postgresBinaries.ts';
import { nobody } from './reach.ts';
import type { User } from './reach.ts';
import { readOrMakeSecret } from './secrets.ts';
import type { Supervisor } from './supervisor.ts';

const SUPERUSER = 'postgres';

export interface PostgresOptions {
  readonly home: string;
  readonly supervisor: Supervisor;
  /** False gives up safety on power loss for speed: tests only. */
  readonly durable: boolean;
}

export interface Postgres {
  readonly port: number;
  /** The superuser's URL of a database. */
  url(database: string): string;
  /** The process now; undefined while it is down. */
  pid(): number | undefined;
}

/**
 * Starts the embedded PostgreSQL on the loopback: its data in `<home>/postgresql`, its password in
 * `<home>/postgresql.password`, both made on the first start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { home, supervisor } = options;
  const data = join(home, 'postgresql');
  const user = runsAs(data);
  if (user !== undefined) openHomeTo(home, user);
  const binaries = postgresBinaries(home, user);
  const password = readOrMakeSecret(join(home, 'postgresql.password'), 24);
  const program = { binaries, user, data };
  if (!existsSync(data)) {
    await supervisor.report.wait('PostgreSQL to make its data folder', () =>
      initialise(options, program, password),
    );
  }

  const { postgresql: port } = await rememberedPorts(join(home, 'ports.json'), ['postgresql']);
  const url = (database: string) =>
    `postgresql://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  const child = await supervisor.report.wait('PostgreSQL to start', () =>
    supervisor.start('postgresql', {
      name: 'PostgreSQL',
      command: join(binaries, 'bin', 'postgres'),
      args: ['-D', data, ...settings(port, options.durable)],
      env: plainEnvironment(),
      cwd: data,
      user,
      // Fast shutdown: rolls back what is open. SIGTERM would wait for every client to leave.
      stopSignal: 'SIGINT',
      stopWithinMs: 20_000,
      readyWithinMs: 120_000,
      ready: (_child, ended) => untilAnswering(url('postgres'), ended),
    }),
  );
  return { port, url, pid: () => child.pid };
}

/** As root another user: the owner of the data when there are some, else `nobody`. */
function runsAs(data: string): User | undefined {
  const owner = statSync(data, { throwIfNoEntry: false });
  const self = process.getuid?.();
  if (self !== 0) {
    if (owner === undefined || self === undefined || owner.uid === self) return undefined;
    throw new Error(
      `The data in ${data} belong to user ${owner.uid}, and this is user ${self}. Start as the user who started here first, or choose another PROVISOR_HOME.`,
    );
  }
  return owner === undefined || owner.uid === 0 ? nobody : { uid: owner.uid, gid: owner.gid };
}

interface Program {
  readonly binaries: string;
  readonly user: User | undefined;
  readonly data: string;
}

async function initialise(options: PostgresOptions, program: Program, password: string) {
  const { supervisor, durable } = options;
  const { binaries, user, data } = program;
  // initdb works on a draft: what is killed half way is thrown away on the next start.
  const draft = `${data}.new`;
  const passwordFile = join(draft, 'password');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    chownSync(draft, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const target = join(draft, 'data');
  await supervisor.run({
    name: 'initdb',
    command: join(binaries, 'bin', 'initdb'),
    // The built-in locale sorts the same on every machine, whatever its C library.
    args: [
      ...['-D', target, '-U', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C'],
      ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--no-instructions'],
      ...(durable ? [] : ['--no-sync']),
    ],
    env: plainEnvironment(),
    cwd: draft,
    user,
    limitMs: 180_000,
  });
  chmodSync(target, 0o700);
  renameSync(target, data);
  rmSync(draft, { recursive: true, force: true });
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    // Short queries only: compiling them costs more than it saves.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** PostgreSQL gets no secret of ours, and no PG* variable of the user that would change what it does. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}
