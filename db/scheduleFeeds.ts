import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Whose shifts a feed shows: all of a schedule, or all of a person. */
export type FeedSubject = { readonly schedule: string } | { readonly person: string };

/** A calendar to subscribe to. */
export interface StoredFeed {
  readonly id: string;
  readonly of: FeedSubject;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly revokedAt: Instant | null;
}

interface FeedRow {
  id: string;
  schedule: string | null;
  person: string | null;
  created_at: Date;
  created_by: string;
  revoked_at: Date | null;
}

const columns = 'id, schedule, person, created_at, created_by, revoked_at';

function toFeed({ id, schedule, person, created_at, created_by, revoked_at }: FeedRow): StoredFeed {
  return {
    id,
    of: schedule === null ? { person: person ?? '' } : { schedule },
    createdAt: created_at.getTime(),
    createdBy: created_by,
    revokedAt: revoked_at?.getTime() ?? null,
  };
}

const scheduleOf = (of: FeedSubject) => ('schedule' in of ? of.schedule : null);
const personOf = (of: FeedSubject) => ('person' in of ? of.person : null);

/** @param hash SHA-256 of the token */
export async function addFeed(
  tx: Queryable,
  { id, of }: Pick<StoredFeed, 'id' | 'of'>,
  hash: Buffer,
  by: string,
  at: Instant,
): Promise<void> {
  await tx.query(
    'insert into calendar_feeds (id, hash, schedule, person, created_at, created_by) values ($1, $2, $3, $4, $5, $6)',
    [id, hash, scheduleOf(of), personOf(of), toIso(at), by],
  );
}

/** The feed behind a token; undefined when there is none, or it was revoked. */
export async function feedByHash(db: Queryable, hash: Buffer): Promise<StoredFeed | undefined> {
  const { rows } = await db.query<FeedRow>(
    `select ${columns} from calendar_feeds where hash = $1 and revoked_at is null`,
    [hash],
  );
  return rows[0] && toFeed(rows[0]);
}

export async function findFeed(db: Queryable, id: string): Promise<StoredFeed | undefined> {
  const { rows } = await db.query<FeedRow>(`select ${columns} from calendar_feeds where id = $1`, [
    id,
  ]);
  return rows[0] && toFeed(rows[0]);
}

/** The oldest first, also revoked ones. @param after the id of the last one of the page before */
export async function listFeeds(
  db: Queryable,
  of: FeedSubject,
  limit: number,
  after?: string,
): Promise<readonly StoredFeed[]> {
  const { rows } = await db.query<FeedRow>(
    `select ${columns} from calendar_feeds
     where (schedule = $1 or person = $2)
       and ($4::text is null or (created_at, id) > (select created_at, id from calendar_feeds where id = $4))
     order by created_at, id limit $3`,
    [scheduleOf(of), personOf(of), limit, after ?? null],
  );
  return rows.map(toFeed);
}

/** @returns false when it was revoked before */
export async function revokeFeed(
  tx: Queryable,
  id: string,
  by: string,
  at: Instant,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update calendar_feeds set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null',
    [id, toIso(at), by],
  );
  return rowCount === 1;
}
