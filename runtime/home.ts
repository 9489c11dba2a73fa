import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import type { Reporter } from './progress.ts';
import { blockedAt } from './reach.ts';
import type { User } from './reach.ts';

// A holder that was killed leaves its lock; it counts as left after this long without a sign of life.
const STALE_MS = 5_000;

/**
 * Makes PROVISOR_HOME and the folders in it.
 * @throws Error that says what to do when this user cannot write there.
 */
export function prepareHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const part of ['log', 'run', 'temporal']) {
      mkdirSync(join(home, part), { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new Error(
      `This user cannot write to ${home} (${code}). Make it writable, or choose another folder: PROVISOR_HOME=/path npm start`,
    );
  }
}

/**
 * Lets `user` pass through the home to its own folder in it. The home's own listing stays closed.
 * @throws Error that names the folder above the home that is closed, and what to do.
 */
export function openHomeTo(home: string, user: User): void {
  const { mode } = statSync(home);
  if ((mode & 0o001) === 0) chmodSync(home, (mode & 0o777) | 0o011);
  const closed = blockedAt(home, user);
  if (closed === undefined) return;
  throw new Error(
    [
      `PostgreSQL does not run as root; it would run as user ${user.uid}, who cannot enter ${closed}.`,
      `Choose a home that everybody can pass through: PROVISOR_HOME=/var/lib/provisor npm start`,
      `(or open the folder for passing: chmod o+x ${closed}; or start Provisor as an ordinary user; or set DATABASE_URL).`,
    ].join('\n'),
  );
}

/**
 * Takes the home for this process. Answers the release.
 * @throws Error when another Provisor runs on it.
 */
export async function lockHome(home: string, report: Reporter): Promise<() => Promise<void>> {
  const lock = join(home, 'lock');
  const take = () =>
    lockfile.lock(home, {
      lockfilePath: lock,
      stale: STALE_MS,
      update: 1_000,
      onCompromised: (error) => {
        report.say(`The lock on ${home} was disturbed: ${error.message}`);
      },
    });
  const release = await take().catch(() =>
    report.wait(`the lock that a killed Provisor left on ${home}`, async () => {
      // A holder that lives touches its lock every second. Its process id would prove nothing in a container.
      const touched = lockTouchedAt(lock);
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        const now = lockTouchedAt(lock);
        if (now !== undefined && now !== touched) throw alreadyRuns(home);
        const taken = await take().catch(() => undefined);
        if (taken !== undefined) return taken;
      }
    }),
  );
  writeFileSync(pidFile(home), String(process.pid));
  return release;
}

const pidFile = (home: string) => join(home, 'run', 'provisor.pid');

function lockTouchedAt(lock: string): number | undefined {
  return statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
}

function alreadyRuns(home: string): Error {
  const pid = readPid(pidFile(home));
  return new Error(
    [
      `Provisor already runs on ${home}${pid === undefined ? '' : ` (pid ${pid})`}.`,
      `Stop that one (Ctrl-C in its terminal${pid === undefined ? '' : `, or kill ${pid}`}), or give this one a home of its own: PROVISOR_HOME=/path PORT=… npm start`,
    ].join('\n'),
  );
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
