import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: as root it runs as this user, `nobody` on most systems. */
export const nobody: User = { uid: 65_534, gid: 65_534 };

/**
 * The first folder on the way to `path` (itself included) that the user may not enter; undefined when the way is open.
 * Reads the plain permission bits: access lists can only be seen by trying.
 */
export function blockedAt(path: string, user: User): string | undefined {
  const way: string[] = [];
  for (let at = realpathSync(path); ; at = dirname(at)) {
    way.unshift(at);
    if (at === dirname(at)) break;
  }
  return way.find((folder) => !mayEnter(folder, user));
}

function mayEnter(path: string, user: User): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return user.uid === 0 || ((mode >> shift) & 1) === 1;
}
