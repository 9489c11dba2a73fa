import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * The secret in `file`; made at random on the first call (base64url) and kept readable for its owner alone.
 * Only the holder of the home's lock may call it: two makers at once could read different secrets.
 */
export function readOrMakeSecret(file: string, bytes = 32): string {
  const kept = readSecret(file);
  if (kept !== undefined) return kept;
  const made = randomBytes(bytes).toString('base64url');
  writePrivate(file, made);
  return made;
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file that only its owner may read: whole or not at all. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
