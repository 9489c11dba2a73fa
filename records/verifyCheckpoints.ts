import { lostHeads, readCheckpoints, readHeads } from '../db/checkpoints.ts';
import type { StoredCheckpoint } from '../db/checkpoints.ts';
import type { Queryable } from '../db/pool.ts';
import { canonical } from './canonical.ts';
import { contentHash, headsDigest, parseContent } from './checkpoints.ts';
import type { Checkpoint, CheckpointContent } from './checkpoints.ts';
import type { Fault } from './fault.ts';
import { isSignedBy, readPublicKey } from './signer.ts';
import type { PublicKey } from './signer.ts';
import type { AuditLogReport } from './verifyAuditLog.ts';

const PAGE = 500;
const MOST_LOST = 1_000;

export interface CheckpointOptions {
  /** Public keys that are known from elsewhere than this database; without one the signatures prove little. */
  readonly trusted: readonly PublicKey[];
  /** Checkpoints that somebody kept. */
  readonly kept: readonly Checkpoint[];
}

export interface CheckpointReport {
  readonly count: number;
  /** The newest one, and whether a trusted key signed it. */
  readonly newest: CheckpointContent | undefined;
  readonly trusted: boolean;
  /** How many kept ones were compared. */
  readonly compared: number;
}

interface Parsed extends StoredCheckpoint {
  readonly parsed: CheckpointContent;
}

/** The key by which a checkpoint says that it is signed, when it is, and we know it. */
function signerOf(
  content: string,
  key: string,
  signature: Buffer,
  keys: ReadonlyMap<string, PublicKey>,
): PublicKey | undefined {
  const known = keys.get(key);
  return known !== undefined && isSignedBy(known, content, signature) ? known : undefined;
}

/** Public keys that the audit log names: as good as the log, which a checkpoint of a trusted key covers. */
function loggedKeys(signers: ReadonlyMap<string, string>): PublicKey[] {
  return [...signers.values()].flatMap((pem) => {
    try {
      return [readPublicKey(pem)];
    } catch {
      return [];
    }
  });
}

async function contentFaults(
  db: Queryable,
  { id, parsed }: Parsed,
  before: Parsed | undefined,
  log: AuditLogReport,
): Promise<string[]> {
  const faults: string[] = [];
  if (id !== (before?.id ?? 0) + 1) faults.push('the checkpoints before it are missing');
  else if (parsed.previous !== (before === undefined ? null : contentHash(before.content))) {
    faults.push('is not chained to the checkpoint before it');
  }
  const heads = await readHeads(db, id);
  if (heads.length !== parsed.records || headsDigest(heads) !== parsed.heads) {
    faults.push('what it saw of the records was changed: the list does not fit its digest');
  }
  const { audit } = parsed;
  if (audit !== null && log.hashes.get(audit.seq) !== audit.hash) {
    faults.push(
      log.hashes.has(audit.seq)
        ? `it saw another entry ${audit.seq} of the audit log`
        : `it saw entry ${audit.seq} of the audit log, which is not there any more`,
    );
  }
  return faults;
}

async function eachStored(
  db: Queryable,
  visit: (checkpoint: StoredCheckpoint) => Promise<void>,
): Promise<void> {
  for (let after = 0; ;) {
    const page = await readCheckpoints(db, { after, limit: PAGE });
    for (const checkpoint of page) await visit(checkpoint);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

function keptFaults(
  stored: ReadonlyMap<number, string>,
  kept: readonly Checkpoint[],
  keys: ReadonlyMap<string, PublicKey>,
): Fault[] {
  return kept.flatMap(({ content, signature }): Fault[] => {
    const of = `checkpoint ${content.checkpoint}`;
    const text = canonical(content);
    if (signerOf(text, content.signer, Buffer.from(signature, 'base64'), keys) === undefined) {
      return [{ of, what: 'the kept copy is not signed by a known key: it proves nothing' }];
    }
    const here = stored.get(content.checkpoint);
    if (here === text) return [];
    const what =
      here === undefined
        ? `was kept on ${content.at} and is not there any more: it was deleted, and perhaps what it saw`
        : 'is not the one that was kept: it was exchanged';
    return [{ of, what }];
  });
}

/** Checkpoints by themselves, against the records and the audit log, and against those that somebody kept. */
export async function verifyCheckpoints(
  db: Queryable,
  log: AuditLogReport,
  { trusted, kept }: CheckpointOptions,
): Promise<{ faults: Fault[]; report: CheckpointReport }> {
  const faults: Fault[] = [];
  const keys = new Map([...loggedKeys(log.signers), ...trusted].map((key) => [key.id, key]));
  const stored = new Map<number, string>();
  let last: Parsed | undefined;
  let lastSigner: PublicKey | undefined;
  await eachStored(db, async (checkpoint) => {
    const complain = (what: string): void => {
      faults.push({ of: `checkpoint ${checkpoint.id}`, what });
    };
    stored.set(checkpoint.id, checkpoint.content);
    let parsed: CheckpointContent;
    try {
      parsed = parseContent(checkpoint.content);
    } catch {
      complain('was changed: it is none that was ever made here');
      return;
    }
    const { content, signature } = checkpoint;
    lastSigner = signerOf(content, parsed.signer, signature, keys);
    if (lastSigner === undefined) complain('its signature is not that of a known key');
    if (parsed.checkpoint !== checkpoint.id) complain('stands in the place of another one');
    const current = { ...checkpoint, parsed };
    for (const what of await contentFaults(db, current, last, log)) complain(what);
    last = current;
  });
  const isTrusted = trusted.some(({ id }) => id === lastSigner?.id);
  if (trusted.length > 0 && last !== undefined && lastSigner !== undefined && !isTrusted) {
    const what = `it is signed by the key ${lastSigner.id}, which is none of those that you trust`;
    faults.push({ of: `checkpoint ${last.id}`, what });
  }
  for (const { checkpoint, number, seq, there } of await lostHeads(db, MOST_LOST)) {
    const what = there
      ? `is not the event that checkpoint ${checkpoint} saw`
      : `is not there any more: checkpoint ${checkpoint} saw it`;
    faults.push({ of: number, seq, what });
  }
  faults.push(...keptFaults(stored, kept, keys));
  const count = stored.size;
  const report = { count, newest: last?.parsed, trusted: isTrusted, compared: kept.length };
  return { faults, report };
}
