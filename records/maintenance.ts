import { windowsNotOver } from '../db/maintenance.ts';
import type { StoredWindow } from '../db/maintenance.ts';
import type { Queryable } from '../db/pool.ts';
import { windowSchema } from '../domain/maintenance/window.ts';
import type { MaintenanceWindow } from '../domain/maintenance/window.ts';
import type { Instant } from '../domain/time.ts';

/** A stored window as the domain knows it; undefined when this version cannot read it: then it holds nothing back. */
export function readWindow({
  id,
  definition,
  changedEnds,
}: Pick<StoredWindow, 'id' | 'definition' | 'changedEnds'>): MaintenanceWindow | undefined {
  const parsed = windowSchema.safeParse(definition);
  return parsed.success ? { ...parsed.data, id, changedEnds } : undefined;
}

/** The maintenance windows that may stand at an instant or later. */
export async function standingWindows(db: Queryable, at: Instant): Promise<MaintenanceWindow[]> {
  const stored = await windowsNotOver(db, at);
  return stored.map(readWindow).filter((window) => window !== undefined);
}
