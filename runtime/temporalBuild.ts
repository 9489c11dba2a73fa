import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import {
  TEMPORAL_VERSION,
  builtPrograms,
  findOnPath,
  findPrograms,
  versionOf,
} from './temporalPrograms.ts';
import type { TemporalPrograms } from './temporalPrograms.ts';
import type { Supervisor } from './supervisor.ts';

const MODULE = 'go.temporal.io/server';
const BUILD_LIMIT_MS = 45 * 60_000;
const STALE_MS = 20_000;

export const goProgram = () => findOnPath('go');

/**
 * Builds the official server once from its Go module into the cache. One process builds; the others wait for it.
 * @throws Error with the last lines of `go` when it fails.
 */
export async function buildTemporal(supervisor: Supervisor, go: string): Promise<TemporalPrograms> {
  const { folder } = builtPrograms();
  mkdirSync(dirname(folder), { recursive: true });
  const release = await lockBuild(supervisor, folder);
  try {
    return (await findPrograms(supervisor)) ?? (await build(supervisor, go, folder));
  } finally {
    await release();
  }
}

async function lockBuild(supervisor: Supervisor, folder: string): Promise<() => Promise<void>> {
  const take = () =>
    lockfile.lock(folder, {
      realpath: false,
      lockfilePath: `${folder}.lock`,
      stale: STALE_MS,
      update: 2_000,
      // Two builders at once waste work but harm nothing: each has a draft of its own.
      onCompromised: () => undefined,
    });
  return take().catch(() =>
    supervisor.report.wait('another process that builds the Temporal server', async () => {
      for (;;) {
        await sleep(500);
        supervisor.mustGoOn();
        const release = await take().catch(() => undefined);
        if (release !== undefined) return release;
      }
    }),
  );
}

async function build(
  supervisor: Supervisor,
  go: string,
  folder: string,
): Promise<TemporalPrograms> {
  removeOldDrafts(folder);
  const draft = mkdtempSync(`${folder}.draft-`);
  supervisor.report.say(
    `Building the Temporal server ${TEMPORAL_VERSION} from its source, once: 5 to 10 minutes on two cores. It is kept in ${folder}.`,
  );
  try {
    await supervisor.report.wait('go to build the Temporal server', (detail) => {
      let fetched = 0;
      let compiled = 0;
      return supervisor.run({
        name: `go install ${MODULE}@v${TEMPORAL_VERSION}`,
        command: go,
        args: [
          ...['install', '-v'],
          `${MODULE}/cmd/server@v${TEMPORAL_VERSION}`,
          `${MODULE}/cmd/tools/sql@v${TEMPORAL_VERSION}`,
        ],
        env: { ...goEnvironment(), GOBIN: draft },
        cwd: draft,
        limitMs: BUILD_LIMIT_MS,
        onLine(line) {
          if (line.startsWith('go: downloading')) fetched++;
          else compiled++;
          detail(compiled === 0 ? `${fetched} modules fetched` : `${compiled} packages compiled`);
        },
      });
    });
    const version = await versionOf(join(draft, 'server'), supervisor);
    if (version !== TEMPORAL_VERSION) throw new Error(`go built a Temporal server ${version}.`);
    mkdirSync(folder, { recursive: true });
    for (const name of ['sql', 'server']) renameSync(join(draft, name), join(folder, name));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return builtPrograms();
}

/** What go needs, and none of our secrets. */
function goEnvironment(): NodeJS.ProcessEnv {
  const wanted = /^(PATH|HOME|TMPDIR|USER|LANG|XDG_.*|GO.*|CGO_.*|SSL_.*|(https?|no|all)_proxy)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}

/** Drafts of builds that were killed; a day old, so that no running build loses its own. */
function removeOldDrafts(folder: string): void {
  const parent = dirname(folder);
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (!path.startsWith(`${folder}.draft-`)) continue;
    if (Date.now() - statSync(path).mtimeMs > 86_400_000)
      rmSync(path, { recursive: true, force: true });
  }
}
