import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** An administrative change, without secrets. */
export interface AuditEntry {
  readonly seq: number;
  readonly kind: string;
  /** `person:ann`, or the part of the system that did it. */
  readonly actor: string;
  readonly at: Instant;
  readonly data: Readonly<Record<string, unknown>>;
  readonly previous: Buffer;
  readonly hash: Buffer;
}

interface AuditRow extends Omit<AuditEntry, 'seq' | 'at'> {
  readonly seq: string;
  readonly at: Date;
}

const columns = 'seq, kind, actor, at, data, previous, hash';

function toEntry({ seq, at, ...row }: AuditRow): AuditEntry {
  return { ...row, seq: Number(seq), at: at.getTime() };
}

/** Until the transaction ends nobody else can add to the log: its entries are a chain. */
export async function lockAuditLog(tx: Queryable): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('provisor.audit'))");
}

export async function lastAuditEntry(db: Queryable): Promise<AuditEntry | undefined> {
  const { rows } = await db.query<AuditRow>(
    `select ${columns} from audit_log order by seq desc limit 1`,
  );
  return rows[0] && toEntry(rows[0]);
}

export async function insertAuditEntry(tx: Queryable, entry: AuditEntry): Promise<void> {
  await tx.query(`insert into audit_log (${columns}) values ($1, $2, $3, $4, $5::jsonb, $6, $7)`, [
    entry.seq,
    entry.kind,
    entry.actor,
    toIso(entry.at),
    JSON.stringify(entry.data),
    entry.previous,
    entry.hash,
  ]);
}

/** The newest first. @param before only entries with a lower seq */
export async function listAuditEntries(
  db: Queryable,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditRow>(
    `select ${columns} from audit_log where $1::bigint is null or seq < $1 order by seq desc limit $2`,
    [before ?? null, limit],
  );
  return rows.map(toEntry);
}

/** The oldest first. */
export async function readAuditEntries(
  db: Queryable,
  { after, limit }: { after: number; limit: number },
): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditRow>(
    `select ${columns} from audit_log where seq > $1 order by seq limit $2`,
    [after, limit],
  );
  return rows.map(toEntry);
}

/** Entries of one kind, the oldest first. */
export async function auditEntriesOf(db: Queryable, kind: string): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditRow>(
    `select ${columns} from audit_log where kind = $1 order by seq`,
    [kind],
  );
  return rows.map(toEntry);
}

/** An API key as the log knows it. */
export interface KeyState {
  readonly id: string;
  readonly kind: string;
  readonly holder: string;
  readonly roles: readonly string[];
  readonly organisation: string;
  /** Hexadecimal SHA-256 of the stored hash: shows whether the key was exchanged, and opens nothing. */
  readonly fingerprint: string;
  readonly revoked: boolean;
}

/** All API keys. @param id only this one */
export async function keyStates(db: Queryable, id?: string): Promise<KeyState[]> {
  const { rows } = await db.query<KeyState>(
    `select id, kind, holder, roles, organisation, encode(sha256(hash), 'hex') as fingerprint, revoked_at is not null as revoked
     from api_keys where $1::text is null or id = $1 order by id`,
    [id ?? null],
  );
  return rows;
}

/** The hashes of all policies that ever came into force, in order. */
export async function activationHashes(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ hash: string }>(
    'select hash from policy_activations order by id',
  );
  return rows.map(({ hash }) => hash);
}
