import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A file of a record, as the event that added it says. */
export interface Attachment {
  readonly number: string;
  /** The seq of the event that added it: its id within the record. */
  readonly seq: number;
  /** The id of a free text. */
  readonly name: string;
  /** The id of a text: the SHA-256 of the bytes in hexadecimal. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly size: number;
  readonly visibility: 'public' | 'internal';
  readonly addedBy: string;
  readonly addedAt: Instant;
  readonly erasedAt: Instant | null;
}

interface AttachmentRow {
  number: string;
  seq: number;
  data: Pick<Attachment, 'name' | 'sha256' | 'mediaType' | 'size' | 'visibility'>;
  actor_id: string;
  at: Date;
  erased_at: Date | null;
}

function toAttachment({ number, seq, data, actor_id, at, erased_at }: AttachmentRow): Attachment {
  const { name, sha256, mediaType, size, visibility } = data;
  return {
    ...{ number, seq, name, sha256, mediaType, size, visibility },
    addedBy: actor_id,
    addedAt: at.getTime(),
    erasedAt: erased_at?.getTime() ?? null,
  };
}

const columns = 'a.number, a.seq, e.data, e.actor_id, e.at, a.erased_at';
const fromWhere = 'from attachments a join events e using (number, seq) where a.number = $1';

/** Stores the bytes of the file that the event `seq` of the record added, in the same transaction. */
export async function storeAttachment(
  tx: Queryable,
  { number, organisation, seq }: { number: string; organisation: string; seq: number },
  content: Buffer,
): Promise<void> {
  await tx.query(
    'insert into attachments (number, seq, organisation, content) values ($1, $2, $3, $4)',
    [number, seq, organisation, content],
  );
}

/** A record's files in the order in which they came, also those that were erased. */
export async function listAttachments(db: Queryable, number: string): Promise<Attachment[]> {
  const { rows } = await db.query<AttachmentRow>(`select ${columns} ${fromWhere} order by seq`, [
    number,
  ]);
  return rows.map(toAttachment);
}

/** One file with its bytes: null when they were erased. */
export async function findAttachment(
  db: Queryable,
  number: string,
  seq: number,
): Promise<{ attachment: Attachment; content: Buffer | null } | undefined> {
  const { rows } = await db.query<AttachmentRow & { content: Buffer | null }>(
    `select ${columns}, a.content ${fromWhere} and a.seq = $2`,
    [number, seq],
  );
  const row = rows[0];
  return row && { attachment: toAttachment(row), content: row.content };
}
