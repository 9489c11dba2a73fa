import type { AnyFields, Change, DomainEvent, Reason } from '../domain/process.ts';
import type { Actor } from '../domain/actor.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** An event as stored: with when it was recorded, the command it came from, and its place in the record's chain. */
export interface StoredEvent extends DomainEvent {
  readonly recordedAt: Instant;
  readonly commandId: string;
  readonly previous: Buffer;
  readonly hash: Buffer;
}

export interface EventRow {
  seq: number;
  type: string;
  at: Date;
  recorded_at: Date;
  actor_kind: Actor['kind'];
  actor_id: string;
  version: number;
  policy: string;
  data: AnyFields;
  reasons: Reason[];
  change: Change;
  command_id: string;
  previous: Buffer;
  hash: Buffer;
}

export function toEvent(row: EventRow): StoredEvent {
  return {
    seq: row.seq,
    type: row.type,
    at: row.at.getTime(),
    recordedAt: row.recorded_at.getTime(),
    actor: { kind: row.actor_kind, id: row.actor_id },
    version: row.version,
    policy: row.policy,
    data: row.data,
    reasons: row.reasons,
    change: row.change,
    commandId: row.command_id,
    previous: row.previous,
    hash: row.hash,
  };
}

/** A record's events in order, after `after` and up to `upTo` (both by seq), at most `limit`. */
export async function readEvents(
  db: Queryable,
  number: string,
  { after = 0, upTo = 2 ** 31 - 1, limit = 2 ** 31 - 1 } = {},
): Promise<StoredEvent[]> {
  const { rows } = await db.query<EventRow>({
    name: 'read-events',
    text: `select seq, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash
     from events where number = $1 and seq > $2 and seq <= $3 order by seq limit $4`,
    values: [number, after, upTo, limit],
  });
  return rows.map(toEvent);
}

/** The event that an internal command became, by the command's id; undefined when it was never committed. */
export async function findByCommand(
  tx: Queryable,
  number: string,
  commandId: string,
): Promise<StoredEvent | undefined> {
  const { rows } = await tx.query<EventRow>({
    name: 'event-of-command',
    text: `select seq, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash
     from events where number = $1 and command_id = $2 order by seq desc limit 1`,
    values: [number, commandId],
  });
  return rows[0] && toEvent(rows[0]);
}

/** The last event of these types that belongs to an escalation. */
export async function lastEventOf(
  db: Queryable,
  number: string,
  types: readonly string[],
  escalation: string,
): Promise<StoredEvent | undefined> {
  const { rows } = await db.query<EventRow>({
    name: 'last-event-of-escalation',
    text: `select seq, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash
     from events where number = $1 and type = any($2::text[]) and data ->> 'escalation' = $3 order by seq desc limit 1`,
    values: [number, types, escalation],
  });
  return rows[0] && toEvent(rows[0]);
}
