import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/**
 * `unreadable`: no notification could be made of it. `unmapped`: it was taken in, but names what the policy does not know. `automatic`: a mail that no
 * person wrote, which opens nothing.
 */
export type KeptKind = 'unreadable' | 'unmapped' | 'automatic';

/** What came, byte by byte as far as it is kept. */
export interface Delivery {
  readonly contentType: string | null;
  /** Of all that came, also of what is not kept. */
  readonly size: number;
  /** SHA-256 of all that came. */
  readonly hash: Buffer;
  /** The first bytes. */
  readonly bytes: Buffer;
}

export interface Kept {
  readonly id: string;
  readonly kind: KeptKind;
  readonly integration: string;
  readonly organisation: string;
  readonly reason: string;
  readonly contentType: string | null;
  readonly size: number;
  readonly truncated: boolean;
  readonly times: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly number: string | null;
}

/** How many different deliveries of a kind are kept of one integration; the oldest make room. */
const MOST = 500;

interface KeptRow {
  id: string;
  kind: KeptKind;
  integration: string;
  organisation: string;
  reason: string;
  content_type: string | null;
  size: string;
  truncated: boolean;
  times: string;
  first_at: Date;
  last_at: Date;
  number: string | null;
}

function toKept({ content_type, first_at, last_at, size, times, ...row }: KeptRow): Kept {
  return {
    ...row,
    contentType: content_type,
    size: Number(size),
    times: Number(times),
    firstAt: first_at.getTime(),
    lastAt: last_at.getTime(),
  };
}

/** Counts an unreadable delivery whose bytes are kept already, while its incident is open. Undefined: it must be kept. */
export async function countKept(
  db: Queryable,
  integration: string,
  hash: Buffer,
  { count, at }: { count: number; at: Instant },
): Promise<{ id: string; number: string | null } | undefined> {
  const { rows } = await db.query<{ id: string; number: string | null }>({
    name: 'count-intake-kept',
    text: `update intake_kept k set times = times + $3, last_at = $4
      where integration = $1 and hash = $2 and kind = 'unreadable'
        and exists (select from records r where r.number = k.number and not r.final and r.state <> 'resolved')
      returning id, number`,
    values: [integration, hash, count, toIso(at)],
  });
  return rows[0];
}

export interface NewKept extends Delivery {
  readonly integration: string;
  readonly organisation: string;
  readonly kind: KeptKind;
  readonly reason: string;
  readonly number: string | null;
}

/** Keeps a delivery, or counts it when the same bytes are kept already; the oldest beyond what an integration may leave go. @returns its id */
export async function keep(
  tx: Queryable,
  kept: NewKept,
  { count, at }: { count: number; at: Instant },
): Promise<string> {
  const { integration, organisation, kind, hash, contentType, size, bytes, reason, number } = kept;
  const { rows } = await tx.query<{ id: string }>(
    `insert into intake_kept as k (integration, organisation, kind, hash, content_type, size, bytes, truncated, reason, number, times, first_at, last_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
      on conflict (integration, hash, kind) do update
        set times = k.times + excluded.times, last_at = excluded.last_at, number = excluded.number, reason = excluded.reason
      returning id`,
    [
      integration,
      organisation,
      kind,
      hash,
      contentType,
      size,
      bytes,
      bytes.length < size,
      reason,
      number,
      count,
      toIso(at),
    ],
  );
  await tx.query(
    `delete from intake_kept where integration = $1 and kind = $2 and id <=
      (select id from intake_kept where integration = $1 and kind = $2 order by id desc offset ${MOST} limit 1)`,
    [integration, kind],
  );
  return rows[0]?.id ?? '';
}

/** Says which incident tells of a kept delivery. */
export async function assignKept(tx: Queryable, id: string, number: string): Promise<void> {
  await tx.query('update intake_kept set number = $2 where id = $1', [id, number]);
}

/** The incident that told of an integration's unreadable deliveries last. */
export async function lastUnreadable(
  tx: Queryable,
  integration: string,
): Promise<string | undefined> {
  const { rows } = await tx.query<{ number: string }>(
    `select number from intake_kept where integration = $1 and kind = 'unreadable' and number is not null
      order by last_at desc, id desc limit 1`,
    [integration],
  );
  return rows[0]?.number;
}

/** Kept deliveries without their bytes, the latest first. @param before an id: only those that were kept before it */
export async function listKept(
  db: Queryable,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<Kept[]> {
  const { rows } = await db.query<KeptRow>(
    `select id, kind, integration, organisation, reason, content_type, size, truncated, times, first_at, last_at, number
      from intake_kept where $1::bigint is null or id < $1 order by id desc limit $2`,
    [before ?? null, limit],
  );
  return rows.map(toKept);
}

/** What was kept of a delivery, as it came. */
export async function readKept(db: Queryable, id: string): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ bytes: Buffer }>(
    'select bytes from intake_kept where id = $1',
    [id],
  );
  return rows[0]?.bytes;
}
