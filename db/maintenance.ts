import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface StoredWindow {
  readonly id: string;
  readonly version: number;
  /** As people wrote it. */
  readonly definition: unknown;
  readonly changedEnds: readonly { readonly from: Instant; readonly to: Instant }[];
}

/** The windows that may still stand at an instant, or after it. */
export async function windowsNotOver(db: Queryable, at: Instant): Promise<StoredWindow[]> {
  const { rows } = await db.query<{
    id: string;
    version: number;
    definition: unknown;
    changed_ends: StoredWindow['changedEnds'];
  }>({
    name: 'windows-not-over',
    text: `select id, version, definition, changed_ends from maintenance_windows
      where removed_at is null and over_at > $1 order by created_at, id`,
    values: [toIso(at)],
  });
  return rows.map(({ changed_ends, ...row }) => ({ ...row, changedEnds: changed_ends }));
}
