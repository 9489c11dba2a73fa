import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, packageRoot, tsxLoader } from './folders.ts';
import { rememberedPorts } from './ports.ts';
import type { Supervisor } from './supervisor.ts';
import { findOnPath } from './temporalPrograms.ts';
import { untilServing } from './temporalServer.ts';
import type { RunningServer } from './temporalServer.ts';

const DOWNLOAD_STALL_MS = 15_000;

/** Temporal's CLI, which holds a dev server: on PATH, else the one that the SDK downloads. */
export async function findDevServer(supervisor: Supervisor): Promise<string | undefined> {
  return findOnPath('temporal') ?? (await downloadDevServer(supervisor));
}

/** Starts the dev server on its own SQLite file in `<home>/temporal/dev.sqlite`. */
export async function startDevServer(
  home: string,
  supervisor: Supervisor,
  program: string,
  namespace: string,
): Promise<RunningServer> {
  const { devServer: port } = await rememberedPorts(join(home, 'ports.json'), ['devServer']);
  const address = `127.0.0.1:${port}`;
  const child = await supervisor.report.wait('the Temporal dev server to start', () =>
    supervisor.start('temporal', {
      name: 'Temporal dev server',
      command: program,
      args: [
        ...['server', 'start-dev', '--headless', '--log-level', 'warn'],
        ...['--db-filename', join(home, 'temporal', 'dev.sqlite')],
        ...['--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
      ],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC' },
      cwd: join(home, 'temporal'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 15_000,
      readyWithinMs: 60_000,
      ready: (_child, ended) => untilServing(address, ended),
    }),
  );
  return { address, pid: () => child.pid };
}

/**
 * The SDK downloads the CLI for its tests; we keep the file and run it ourselves, so that it is supervised like the
 * rest. Gives up when 15 s pass without a byte: many networks don't reach the place.
 */
async function downloadDevServer(supervisor: Supervisor): Promise<string | undefined> {
  const program = join(cacheFolder(), 'temporal-dev-server', 'temporal');
  if (existsSync(program)) return program;
  mkdirSync(dirname(program), { recursive: true });
  const draft = mkdtempSync(`${program}.`);
  try {
    await supervisor.report.wait("the download of Temporal's dev server", async (detail) => {
      const stalled = new AbortController();
      let seen = -1;
      let since = Date.now();
      const watch = setInterval(() => {
        const bytes = bytesIn(draft);
        if (bytes > seen) since = Date.now();
        seen = bytes;
        detail(`${Math.round(bytes / 1_000_000)} MB`);
        if (Date.now() - since > DOWNLOAD_STALL_MS) stalled.abort();
      }, 500);
      try {
        await supervisor.run({
          name: "The download of Temporal's dev server",
          command: process.execPath,
          args: [
            '--import',
            tsxLoader(),
            join(packageRoot, 'runtime', 'devServerDownload.ts'),
            draft,
          ],
          env: process.env,
          limitMs: 15 * 60_000,
          stop: stalled.signal,
        });
      } finally {
        clearInterval(watch);
      }
    });
    const file = readdirSync(draft).find((name) => !name.endsWith('.downloading'));
    if (file === undefined) return undefined;
    renameSync(join(draft, file), program);
    return program;
  } catch {
    supervisor.mustGoOn();
    supervisor.report.say("Temporal's dev server cannot be downloaded here.");
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
