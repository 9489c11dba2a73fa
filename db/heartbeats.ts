import type { HeartbeatInput } from '../domain/heartbeat/heartbeat.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Since when a heartbeat is down: a ping is missing, or it said itself that it failed. */
export interface Down {
  readonly since: Instant;
  readonly why: 'missing' | 'failed';
}

export interface StoredHeartbeat {
  readonly id: string;
  readonly organisation: string;
  readonly version: number;
  readonly definition: HeartbeatInput;
  readonly countsFrom: Instant;
  readonly pausedAt: Instant | null;
  readonly pings: number;
  readonly lastPingAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly down: Down | null;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly updatedAt: Instant;
  readonly updatedBy: string;
}

export interface HeartbeatRow {
  id: string;
  organisation: string;
  version: number;
  definition: HeartbeatInput;
  counts_from: Date;
  paused_at: Date | null;
  pings: string;
  last_ping_at: Date | null;
  started_at: Date | null;
  down_since: Date | null;
  down_why: Down['why'] | null;
  created_at: Date;
  created_by: string;
  updated_at: Date;
  updated_by: string;
}

export const heartbeatColumns = `id, organisation, version, definition, counts_from, paused_at, pings, last_ping_at, started_at, down_since, down_why,
  created_at, created_by, updated_at, updated_by`;

export function toHeartbeat({
  id,
  organisation,
  version,
  definition,
  ...row
}: HeartbeatRow): StoredHeartbeat {
  const { down_since: since, down_why: why } = row;
  return {
    id,
    organisation,
    version,
    definition,
    countsFrom: row.counts_from.getTime(),
    pausedAt: row.paused_at?.getTime() ?? null,
    pings: Number(row.pings),
    lastPingAt: row.last_ping_at?.getTime() ?? null,
    startedAt: row.started_at?.getTime() ?? null,
    down: since === null || why === null ? null : { since: since.getTime(), why },
    createdAt: row.created_at.getTime(),
    createdBy: row.created_by,
    updatedAt: row.updated_at.getTime(),
    updatedBy: row.updated_by,
  };
}

export interface NewHeartbeat {
  readonly id: string;
  readonly organisation: string;
  readonly definition: HeartbeatInput;
  /** SHA-256 of its token. */
  readonly hash: Buffer;
}

export async function addHeartbeat(
  tx: Queryable,
  { id, organisation, definition, hash }: NewHeartbeat,
  by: string,
  at: Instant,
): Promise<void> {
  await tx.query(
    `insert into heartbeats (id, organisation, version, definition, hash, counts_from, created_at, created_by, updated_at, updated_by)
     values ($1, $2, 1, $3, $4, $5, $5, $6, $5, $6)`,
    [id, organisation, JSON.stringify(definition), hash, toIso(at), by],
  );
}

export async function findHeartbeat(
  db: Queryable,
  id: string,
): Promise<StoredHeartbeat | undefined> {
  const { rows } = await db.query<HeartbeatRow>(
    `select ${heartbeatColumns} from heartbeats where id = $1`,
    [id],
  );
  return rows[0] && toHeartbeat(rows[0]);
}

/** Finds a heartbeat and keeps others from changing it until the transaction ends. */
export async function lockHeartbeat(
  tx: Queryable,
  id: string,
): Promise<StoredHeartbeat | undefined> {
  const { rows } = await tx.query<HeartbeatRow>(
    `select ${heartbeatColumns} from heartbeats where id = $1 for update`,
    [id],
  );
  return rows[0] && toHeartbeat(rows[0]);
}

/** The oldest first. @param after the id of the last one of the page before */
export async function listHeartbeats(
  db: Queryable,
  limit: number,
  after?: string,
): Promise<readonly StoredHeartbeat[]> {
  const { rows } = await db.query<HeartbeatRow>(
    `select ${heartbeatColumns} from heartbeats
     where $2::text is null or (created_at, id) > (select created_at, id from heartbeats where id = $2)
     order by created_at, id limit $1`,
    [limit, after ?? null],
  );
  return rows.map(toHeartbeat);
}

export async function countHeartbeats(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>('select count(*)::integer from heartbeats');
  return rows[0]?.count ?? 0;
}

/** What may be changed of a heartbeat at once. Its workflow must be told. */
export interface HeartbeatChange {
  readonly definition: HeartbeatInput;
  readonly countsFrom: Instant;
  readonly pausedAt: Instant | null;
  readonly down: Down | null;
}

export async function changeHeartbeat(
  tx: Queryable,
  id: string,
  { definition, countsFrom, pausedAt, down }: HeartbeatChange,
  by: string,
  at: Instant,
): Promise<void> {
  await tx.query(
    `update heartbeats set version = version + 1, definition = $2, counts_from = $3, paused_at = $4, down_since = $5, down_why = $6,
       look_at = null, updated_at = $7, updated_by = $8 where id = $1`,
    [
      ...[id, JSON.stringify(definition), toIso(countsFrom)],
      pausedAt === null ? null : toIso(pausedAt),
      ...[down === null ? null : toIso(down.since), down?.why ?? null, toIso(at), by],
    ],
  );
}

/**
 * Gives a heartbeat another token.
 * @param hash SHA-256 of it
 * @param formerUntil until when pings to the addresses of before count; those that end sooner anyway still do. Not later than `at`: all end at once
 */
export async function changeHash(
  tx: Queryable,
  id: string,
  { hash, formerUntil }: { readonly hash: Buffer; readonly formerUntil: Instant },
  at: Instant,
): Promise<void> {
  await tx.query(
    `insert into former_heartbeat_tokens (hash, heartbeat, valid_until) select hash, id, $2 from heartbeats where id = $1`,
    [id, toIso(formerUntil)],
  );
  await tx.query(
    'delete from former_heartbeat_tokens where heartbeat = $1 and (valid_until <= $2 or $3::timestamptz <= $2)',
    [id, toIso(at), toIso(formerUntil)],
  );
  await tx.query('update heartbeats set hash = $2 where id = $1', [id, hash]);
}

export async function deleteHeartbeat(tx: Queryable, id: string): Promise<void> {
  await tx.query('delete from heartbeats where id = $1', [id]);
}

/** The incidents that stand for heartbeats, by the heartbeats' ids. @param integration in whose name they are reported */
export async function incidentsOfHeartbeats(
  db: Queryable,
  integration: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ id: string; number: string }>(
    `select h.id, g.number from unnest($2::text[]) as h (id)
     join alert_groups g on g.integration = $1 and g.group_hash = sha256(convert_to('heartbeat/' || h.id, 'UTF8'))
     where g.number is not null`,
    [integration, ids],
  );
  return new Map(rows.map(({ id, number }) => [id, number]));
}
