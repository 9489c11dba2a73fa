import { createHash } from 'node:crypto';
import { z } from 'zod';
import { auditEntriesOf, lastAuditEntry } from '../db/auditLog.ts';
import {
  lastCheckpoint,
  nextStretch,
  settledPosition,
  storeCheckpoint,
  storeHeads,
  tryLockCheckpoints,
} from '../db/checkpoints.ts';
import type { Head, StoredCheckpoint } from '../db/checkpoints.ts';
import { inTransaction } from '../db/pool.ts';
import type { Pool, Queryable } from '../db/pool.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { recordChange } from './auditLog.ts';
import { canonical } from './canonical.ts';
import type { Signer } from './signer.ts';

/** How many events one checkpoint covers at most: the first one on an old database must not hold a transaction for long. */
const MOST_EVENTS = 5_000;

const hexHash = z.string().regex(/^[0-9a-f]{64}$/);

/** What is signed. */
export const checkpointContent = z.strictObject({
  checkpoint: z.number().int().min(1),
  at: z.iso.datetime(),
  /** SHA-256 of the content before it; of the first one null. */
  previous: hexHash.nullable(),
  /** The last position (db/migrations/0005) that it covers. */
  upTo: z.number().int().min(0),
  /** How many events are new since the one before, and how many records they are of. */
  events: z.number().int().min(0),
  records: z.number().int().min(0),
  /** The digest of those records' last events. */
  heads: hexHash,
  /** The audit log's last entry. */
  audit: z.strictObject({ seq: z.number().int(), hash: hexHash }).nullable(),
  /** The id of the key that signs. */
  signer: z.string(),
});
export type CheckpointContent = z.infer<typeof checkpointContent>;

/** A checkpoint as it is written out for others to keep: one line of JSON. */
export interface Checkpoint {
  readonly content: CheckpointContent;
  /** Base64. */
  readonly signature: string;
}

export function contentHash(content: string): string {
  return createHash('sha256').update(content, 'utf8').digest('hex');
}

/** SHA-256 over `number seq hash` lines in the order of the numbers. */
export function headsDigest(heads: readonly Head[]): string {
  const digest = createHash('sha256');
  const lines = heads.map(({ number, seq, hash }) => `${number} ${seq} ${hash.toString('hex')}\n`);
  for (const line of lines.sort()) digest.update(line);
  return digest.digest('hex');
}

/** @throws Error when the stored content was never one of ours */
export function parseContent(content: string): CheckpointContent {
  return checkpointContent.parse(JSON.parse(content));
}

/** As it is written out. */
export function toCheckpoint({ content, signature }: StoredCheckpoint): Checkpoint {
  return { content: parseContent(content), signature: signature.toString('base64') };
}

/** The key with which checkpoints are signed is in the audit log before the first of them. */
async function announceKey(tx: Queryable, signer: Signer, now: Instant): Promise<void> {
  const known = await auditEntriesOf(tx, 'checkpointKey');
  if (known.at(-1)?.data['key'] === signer.id) return;
  const data = { key: signer.id, publicKey: signer.pem };
  await recordChange(tx, { kind: 'checkpointKey', actor: 'system', at: now, data });
}

async function takeOne(
  tx: Queryable,
  signer: Signer,
  settled: number,
  now: Instant,
): Promise<CheckpointContent | undefined> {
  if (!(await tryLockCheckpoints(tx))) return undefined;
  await announceKey(tx, signer, now);
  const before = await lastCheckpoint(tx);
  const last = before === undefined ? undefined : parseContent(before.content);
  const after = last?.upTo ?? 0;
  const { events, upTo } = await nextStretch(tx, after, settled, MOST_EVENTS);
  const entry = await lastAuditEntry(tx);
  if (events === 0 && last !== undefined && entry?.seq === last.audit?.seq) return undefined;
  const id = (last?.checkpoint ?? 0) + 1;
  const heads = events === 0 ? [] : await storeHeads(tx, id, after, upTo);
  const content: CheckpointContent = {
    checkpoint: id,
    at: toIso(now),
    previous: before === undefined ? null : contentHash(before.content),
    upTo,
    events,
    records: heads.length,
    heads: headsDigest(heads),
    audit: entry === undefined ? null : { seq: entry.seq, hash: entry.hash.toString('hex') },
    signer: signer.id,
  };
  const text = canonical(content);
  await storeCheckpoint(tx, { id, content: text, signature: signer.sign(text) });
  return content;
}

/**
 * Takes checkpoints until everything that happened is covered: usually one, none when nothing happened or another process takes them now.
 * @throws Error when a transaction of somebody else's stays open for too long; the next call makes good for it
 */
export async function takeCheckpoints(
  pool: Pool,
  signer: Signer,
  clock: () => Instant,
): Promise<Checkpoint[]> {
  const settled = await settledPosition(pool);
  const taken: Checkpoint[] = [];
  for (;;) {
    const content = await inTransaction(pool, (tx) => takeOne(tx, signer, settled, clock()));
    if (content === undefined) return taken;
    taken.push({ content, signature: signer.sign(canonical(content)).toString('base64') });
    if (content.upTo >= settled || content.events < MOST_EVENTS) return taken;
  }
}
