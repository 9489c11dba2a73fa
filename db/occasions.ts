import type { Actor } from '../domain/actor.ts';
import type { AnyFields, Change, DomainEvent, Reason, RecordState } from '../domain/process.ts';
import type { Queryable } from './pool.ts';
import { recordColumns, toRecord } from './records.ts';
import type { RecordRow } from './records.ts';

/** What the database knows of the occasion of a message. */
export interface StoredOccasion {
  /** As it is now. */
  readonly record: RecordState;
  /** The event that asked for the message. */
  readonly cause: DomainEvent | undefined;
  /** The free texts that the record's title and the cause name, by id: null for one that was erased. */
  readonly texts: ReadonlyMap<string, string | null>;
}

interface CauseRow {
  cause_type: string;
  cause_at: Date;
  cause_actor_kind: Actor['kind'];
  cause_actor_id: string;
  cause_version: number;
  cause_policy: string;
  cause_data: AnyFields;
  cause_reasons: Reason[];
  cause_change: Change;
}

type OccasionRow = RecordRow &
  (CauseRow | { cause_type: null }) & {
    texts: Record<string, string | null> | null;
  };

function toCause(row: CauseRow, seq: number): DomainEvent {
  return {
    seq,
    type: row.cause_type,
    at: row.cause_at.getTime(),
    actor: { kind: row.cause_actor_kind, id: row.cause_actor_id },
    version: row.cause_version,
    policy: row.cause_policy,
    data: row.cause_data,
    reasons: row.cause_reasons,
    change: row.cause_change,
  };
}

/**
 * All that a message is made of, at one moment.
 * @param seq of the event that asked for it
 * @returns undefined when there is no such record
 */
export async function findOccasion(
  db: Queryable,
  number: string,
  seq: number,
): Promise<StoredOccasion | undefined> {
  const { rows } = await db.query<OccasionRow>({
    name: 'find-occasion',
    // 64 characters have a text's id; what else is so long is just not found.
    text: `select r.*, c.*,
        (select jsonb_object_agg(t.id, t.body) from texts t where t.number = r.number and t.id = any(array(
          select r.fields ->> 'title' union all select value from jsonb_each_text(c.cause_data) where length(value) = 64))) as texts
      from (select ${recordColumns} from records where number = $1) r
      left join (select type as cause_type, at as cause_at, actor_kind as cause_actor_kind, actor_id as cause_actor_id, version as cause_version,
          policy as cause_policy, data as cause_data, reasons as cause_reasons, change as cause_change
        from events where number = $1 and seq = $2) c on true`,
    values: [number, seq],
  });
  const [row] = rows;
  return (
    row && {
      record: toRecord(row),
      cause: row.cause_type === null ? undefined : toCause(row, seq),
      texts: new Map(Object.entries(row.texts ?? {})),
    }
  );
}
