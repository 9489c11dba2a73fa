import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface StoredWindow {
  readonly id: string;
  readonly version: number;
  /** As people wrote it. */
  readonly definition: unknown;
  readonly changedEnds: readonly { readonly from: Instant; readonly to: Instant }[];
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly updatedAt: Instant;
  readonly updatedBy: string;
}

interface WindowRow {
  id: string;
  version: number;
  definition: unknown;
  changed_ends: StoredWindow['changedEnds'];
  created_at: Date;
  created_by: string;
  updated_at: Date;
  updated_by: string;
}

const columns =
  'id, version, definition, changed_ends, created_at, created_by, updated_at, updated_by';

function toWindow({ id, version, definition, ...row }: WindowRow): StoredWindow {
  return {
    id,
    version,
    definition,
    changedEnds: row.changed_ends,
    createdAt: row.created_at.getTime(),
    createdBy: row.created_by,
    updatedAt: row.updated_at.getTime(),
    updatedBy: row.updated_by,
  };
}

/** The windows that may still stand at an instant, or after it. */
export async function windowsNotOver(db: Queryable, at: Instant): Promise<StoredWindow[]> {
  const { rows } = await db.query<WindowRow>({
    name: 'windows-not-over',
    text: `select ${columns} from maintenance_windows where removed_at is null and over_at > $1 order by created_at, id`,
    values: [toIso(at)],
  });
  return rows.map(toWindow);
}

/**
 * The windows that were made first come first.
 * @param overAt only those that are over at this instant; undefined: all
 * @param after the id of the last one of the page before
 */
export async function listWindows(
  db: Queryable,
  limit: number,
  after: string | undefined,
  overAt?: Instant,
): Promise<readonly StoredWindow[]> {
  const { rows } = await db.query<WindowRow>(
    `select ${columns} from maintenance_windows
     where removed_at is null and ($3::timestamptz is null or over_at <= $3)
       and ($2::text is null or (created_at, id) > (select created_at, id from maintenance_windows where id = $2))
     order by created_at, id limit $1`,
    [limit, after ?? null, overAt === undefined ? null : toIso(overAt)],
  );
  return rows.map(toWindow);
}

/** @param lock to keep others from changing it until the transaction ends */
export async function findWindow(
  db: Queryable,
  id: string,
  lock: 'for update' | '' = '',
): Promise<StoredWindow | undefined> {
  const { rows } = await db.query<WindowRow>(
    `select ${columns} from maintenance_windows where id = $1 and removed_at is null ${lock}`,
    [id],
  );
  return rows[0] && toWindow(rows[0]);
}

/** What a window is from now on. */
export interface WindowContent extends Pick<StoredWindow, 'id' | 'definition' | 'changedEnds'> {
  /** When its last occurrence ends. */
  readonly overAt: Instant;
}

/** Stores a window, new or changed. What a changed one held back is to be looked at again (`windowsToRelease`). */
export async function storeWindow(
  tx: Queryable,
  { id, definition, changedEnds, overAt }: WindowContent,
  by: string,
  at: Instant,
): Promise<void> {
  await tx.query(
    `insert into maintenance_windows as w (id, version, released_version, definition, changed_ends, over_at, created_at, created_by, updated_at, updated_by)
     values ($1, 1, 1, $2, $3, $4, $5, $6, $5, $6)
     on conflict (id) do update set version = w.version + 1, definition = excluded.definition, changed_ends = excluded.changed_ends,
       over_at = excluded.over_at, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
    [id, JSON.stringify(definition), JSON.stringify(changedEnds), toIso(overAt), toIso(at), by],
  );
}

/** Takes a window away that never stood; its row stays, for the audit log names it. */
export async function removeWindow(
  tx: Queryable,
  id: string,
  by: string,
  at: Instant,
): Promise<void> {
  await tx.query(
    'update maintenance_windows set removed_at = $2, updated_at = $2, updated_by = $3 where id = $1',
    [id, toIso(at), by],
  );
}

/** Windows that changed, and what they held back was not looked at again since: the oldest change first. */
export async function windowsToRelease(
  db: Queryable,
  limit: number,
): Promise<readonly Pick<StoredWindow, 'id' | 'version'>[]> {
  const { rows } = await db.query<Pick<StoredWindow, 'id' | 'version'>>({
    name: 'windows-to-release',
    text: `select id, version from maintenance_windows where released_version < version order by updated_at, id limit $1`,
    values: [limit],
  });
  return rows;
}

/** What a window held back was looked at again, under this version of it. */
export async function markReleased(
  db: Queryable,
  { id, version }: Pick<StoredWindow, 'id' | 'version'>,
): Promise<void> {
  await db.query(
    'update maintenance_windows set released_version = $2 where id = $1 and released_version < $2',
    [id, version],
  );
}
