import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The only file of runtime/ that knows where it lies: tests run the others as CommonJS.
const here = dirname(fileURLToPath(import.meta.url));

/** Provisor's own folder: where package.json is. */
export const packageRoot = dirname(here);

export const guardianFile = () => join(here, 'guardian.mjs');

/** What `node --import` needs to run TypeScript from any working directory. */
export const tsxLoader = () => pathToFileURL(resolver().resolve('tsx')).href;

/** What the worker's process loads before its own code; the file says why. */
export const leanSandbox = () => pathToFileURL(join(packageRoot, 'workers/leanSandbox.mjs')).href;

/** A `require` that resolves from Provisor's own folder, or from the package in `from`. */
export const resolver = (from = join(packageRoot, 'package.json')) => createRequire(from);

/** Where built and downloaded programs are kept: by XDG `~/.cache/provisor`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'provisor');
}
