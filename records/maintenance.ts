import { windowsNotOver } from '../db/maintenance.ts';
import type { Queryable } from '../db/pool.ts';
import { windowSchema } from '../domain/maintenance/window.ts';
import type { MaintenanceWindow } from '../domain/maintenance/window.ts';
import type { Instant } from '../domain/time.ts';

/** The maintenance windows that may stand at an instant or later. One that this version cannot read holds nothing back. */
export async function standingWindows(db: Queryable, at: Instant): Promise<MaintenanceWindow[]> {
  const stored = await windowsNotOver(db, at);
  return stored.flatMap(({ id, definition, changedEnds }): MaintenanceWindow[] => {
    const parsed = windowSchema.safeParse(definition);
    return parsed.success ? [{ ...parsed.data, id, changedEnds }] : [];
  });
}
