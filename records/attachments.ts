import { createHash } from 'node:crypto';
import { findAttachment, listAttachments, storeAttachment } from '../db/attachments.ts';
import type { Attachment } from '../db/attachments.ts';
import type { Queryable } from '../db/pool.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import type { RecordState } from '../domain/process.ts';
import { commitIn, inOneTransaction } from './commit.ts';
import type { Committed, Request } from './request.ts';
import type { Engine } from './engine.ts';
import { ERASED, textsOf } from './read.ts';
import { resolveTexts } from './resolve.ts';

/** The command that adds a file; a process that has it takes attachments. */
export const ATTACH = 'attach';

export interface NewFile {
  readonly name: string;
  readonly mediaType: string;
  readonly visibility: string | undefined;
  readonly content: Buffer;
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Internal files are not there for people who only ask. */
function isShownTo({ visibility }: Attachment, actor: Actor): boolean {
  return visibility === 'public' || !seesOnlyOwn(actor);
}

/** Attachments with their texts in the place of the texts' ids. */
async function withTexts(
  engine: Engine,
  number: string,
  attachments: readonly Attachment[],
): Promise<Attachment[]> {
  const texts = await textsOf(engine, [number], attachments);
  return resolveTexts(attachments, texts) as Attachment[];
}

function notThere(number: string, seq: number): Result<never> {
  return refuse({ kind: 'notFound', what: `attachment ${seq} of ${number}` });
}

/** Adds a file to a record in the caller's transaction; call `engine.onWake()` after it. */
export async function attachIn(
  engine: Engine,
  tx: Queryable,
  number: string,
  { name, mediaType, visibility, content }: NewFile,
  request: Request,
): Promise<Result<Committed>> {
  const input = {
    ...{ name, mediaType, size: content.length, sha256: digestOf(content) },
    ...(visibility === undefined ? {} : { visibility }),
  };
  const result = await commitIn(engine, tx, number, ATTACH, input, request);
  if (result.ok && !result.value.repeated) await storeAttachment(tx, result.value.record, content);
  return result;
}

/** Adds a file to a record: the event and the bytes in one transaction. The same again under the same key gives the same file. */
export async function attach(
  engine: Engine,
  number: string,
  file: NewFile,
  request: Request,
): Promise<Result<Attachment>> {
  const committed = await inOneTransaction(engine, (tx) =>
    attachIn(engine, tx, number, file, request),
  );
  if (!committed.ok) return committed;
  const { record } = committed.value;
  const added = await attachmentsOf(engine, record, request.actor);
  const attachment = added.find(({ seq }) => seq === record.seq);
  return attachment === undefined ? notThere(number, record.seq) : ok(attachment);
}

/** The files of a record that this actor may see, also those whose bytes were erased. */
export async function attachmentsOf(
  engine: Engine,
  record: RecordState,
  actor: Actor,
): Promise<Attachment[]> {
  const all = await listAttachments(engine.pool, record.number);
  return withTexts(
    engine,
    record.number,
    all.filter((attachment) => isShownTo(attachment, actor)),
  );
}

/**
 * One file with its bytes: null when they were erased.
 * @throws Error when the bytes are not those that were added: somebody changed them in the database
 */
export async function readAttachment(
  engine: Engine,
  number: string,
  seq: number,
  actor: Actor,
): Promise<Result<{ attachment: Attachment; content: Buffer | null }>> {
  const found = await findAttachment(engine.pool, number, seq);
  if (found === undefined || !isShownTo(found.attachment, actor)) return notThere(number, seq);
  const [attachment] = await withTexts(engine, number, [found.attachment]);
  if (attachment === undefined) return notThere(number, seq);
  // Who erases the event's texts means the file: it is not handed out from then on.
  const content = attachment.sha256 === ERASED ? null : found.content;
  if (content !== null && digestOf(content) !== attachment.sha256) {
    throw new Error(`attachment ${seq} of ${number} does not fit the digest in its event`);
  }
  return ok({ attachment, content });
}
