import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { namesServer } from '../../runtime/temporal.ts';
import { sqlTarget, temporalConfig, temporalDynamicConfig } from '../../runtime/temporalConfig.ts';

const ports = {
  ...{ frontend: 1, matching: 2, history: 3, worker: 4 },
  ...{ frontendMembership: 5, matchingMembership: 6, historyMembership: 7, workerMembership: 8 },
};
const databases = { history: 'temporal', visibility: 'temporal_visibility' };

interface ServerConfig {
  persistence: {
    numHistoryShards: number;
    datastores: Record<string, { sql: Record<string, unknown> }>;
  };
  services: Record<string, { rpc: Record<string, unknown> }>;
  clusterMetadata: { clusterInformation: { active: { rpcAddress: string } } };
  dynamicConfigClient: { filepath: string };
}

describe('the server’s configuration', () => {
  const render = (url: string) =>
    parse(temporalConfig(sqlTarget(url), databases, ports, '/home/dynamic.yaml')) as ServerConfig;

  test('names PostgreSQL, the databases and the ports', () => {
    const config = render('postgresql://postgres:a%22%3A%20%23b@127.0.0.1:5433/provisor');
    expect(config.persistence.numHistoryShards).toBe(16);
    expect(config.persistence.datastores['default']?.sql).toMatchObject({
      pluginName: 'postgres12_pgx',
      databaseName: 'temporal',
      connectAddr: '127.0.0.1:5433',
      user: 'postgres',
      password: 'a": #b',
    });
    expect(config.persistence.datastores['visibility']?.sql['databaseName']).toBe(
      'temporal_visibility',
    );
    expect(config.services['history']?.rpc).toEqual({
      grpcPort: 3,
      membershipPort: 7,
      bindOnIP: '127.0.0.1',
    });
    expect(config.clusterMetadata.clusterInformation.active.rpcAddress).toBe('127.0.0.1:1');
    expect(config.dynamicConfigClient.filepath).toBe('/home/dynamic.yaml');
  });

  test.each([
    ['', undefined],
    ['?sslmode=require', { enabled: true, enableHostVerification: false }],
    ['?sslmode=verify-full', { enabled: true, enableHostVerification: true }],
  ])('follows sslmode (%s)', (query, tls) => {
    const config = render(`postgresql://u:p@db.example/provisor${query}`);
    expect(config.persistence.datastores['default']?.sql['tls']).toEqual(tls);
    expect(config.persistence.datastores['default']?.sql['connectAddr']).toBe('db.example:5432');
  });

  test('a URL without a host is refused with what to do', () => {
    expect(() => sqlTarget('postgresql:///provisor?host=/run/postgresql')).toThrow(
      /TEMPORAL_ADDRESS/,
    );
  });

  test('time skips only when it is asked for', () => {
    const name = 'frontend.WorkflowTimeSkippingEnabled';
    expect(parse(temporalDynamicConfig(true))).toMatchObject({ [name]: [{ value: true }] });
    expect(parse(temporalDynamicConfig(false))).not.toHaveProperty([name]);
    expect(parse(temporalDynamicConfig(false))).toHaveProperty(['history.enableChasm']);
  });
});

test('a server of one’s own is one that the environment names', () => {
  expect(namesServer({ TEMPORAL_ADDRESS: 'localhost:7233' })).toBe(true);
  expect(namesServer({ TEMPORAL_PROFILE: 'cloud' })).toBe(true);
  expect(namesServer({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: 'x' })).toBe(false);
});

describe('the build', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'provisor-build-'));
    mkdirSync(join(folder, 'bin'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A `go` that "builds" two programs in a second and notes each of its runs. */
  function fakeGo(script: string): void {
    const go = join(folder, 'bin', 'go');
    writeFileSync(go, `#!/bin/sh\necho run >> ${folder}/runs\n${script}\n`);
    chmodSync(go, 0o755);
  }
  const builds = `sleep 1
for program in server sql; do
  printf '#!/bin/sh\\necho temporal version 1.32.1\\n' > "$GOBIN/$program"
  chmod +x "$GOBIN/$program"
done`;

  async function build(): Promise<{ code: number; output: string }> {
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        resolve('test/runtime/build.program.ts'),
        mkdtempSync(join(folder, 'home-')),
      ],
      {
        env: { ...process.env, XDG_CACHE_HOME: folder, PATH: `${folder}/bin:/usr/bin:/bin` },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number];
    return { code, output };
  }

  const built = () => join(folder, 'provisor', 'temporal-server-1.32.1');

  test('two at once build once, and both get the programs', async () => {
    fakeGo(builds);
    const results = await Promise.all([build(), build()]);
    expect(
      results.map(({ code, output }) => ({ code, last: output.trim().split('\n').at(-1) })),
    ).toEqual([
      { code: 0, last: join(built(), 'server') },
      { code: 0, last: join(built(), 'server') },
    ]);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('run\n');
    expect(readdirSync(built()).sort()).toEqual(['server', 'sql']);
  });

  test('a build that fails shows what go said and leaves nothing half made', async () => {
    fakeGo('touch "$GOBIN/server"; echo "no space left on device" >&2; exit 1');
    const { code, output } = await build();
    expect(code).toBe(1);
    expect(output).toContain('| no space left on device');
    expect(existsSync(built())).toBe(false);
    expect(readdirSync(join(folder, 'provisor'))).toEqual([]);
  });
});
