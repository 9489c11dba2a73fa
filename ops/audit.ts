import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { inSnapshot } from '../db/auditRead.ts';
import { createPool } from '../db/pool.ts';
import { checkpointLines, parseCheckpoints } from '../records/checkpointFile.ts';
import { takeCheckpoints } from '../records/checkpoints.ts';
import type { Checkpoint } from '../records/checkpoints.ts';
import { createSigner, readPublicKey } from '../records/signer.ts';
import type { PublicKey, Signer } from '../records/signer.ts';
import { verifyAll } from '../records/verify.ts';
import type { VerifyReport } from '../records/verify.ts';
import { embeddedDatabaseUrl } from '../runtime/embedded.ts';

/** Where `provisor start` keeps the secret of checkpoints, in its home. */
export const AUDIT_KEY_FILE = 'audit.key';

export interface VerifyAuditOptions {
  /** Files with kept checkpoints. */
  readonly against: readonly string[];
  /** Files with public keys in PEM. */
  readonly publicKeys: readonly string[];
  readonly progress: (line: string) => void;
}

export interface AuditFindings {
  readonly faults: VerifyReport['faults'];
  /** What was looked at, and what remains unproved. */
  readonly notes: readonly string[];
}

function databaseUrl({ DATABASE_URL, home }: Config): string {
  const url = DATABASE_URL ?? embeddedDatabaseUrl(home);
  if (url !== undefined) return url;
  throw new Error(
    `DATABASE_URL is not set, and ${home} holds no embedded PostgreSQL: set DATABASE_URL, or PROVISOR_HOME to the home of "provisor start"`,
  );
}

/** Faults of the connection as what to do. */
function explained(error: unknown, { DATABASE_URL }: Config): Error {
  const { code = '', message } = error as { code?: string; message: string };
  if (code === '42P01' || code === '42703') {
    return new Error(
      `the database is of an older version: "provisor start" or "provisor migrate" brings it up to date (${message})`,
    );
  }
  if (!/^E[A-Z]+$/.test(code)) return error instanceof Error ? error : new Error(message);
  return new Error(
    DATABASE_URL === undefined
      ? `the embedded PostgreSQL does not answer (${code}): it runs while "provisor start" does, so start that first, or set DATABASE_URL`
      : `PostgreSQL does not answer (${code}): check DATABASE_URL`,
  );
}

/** The signer, when this machine has its secret. */
function findSigner({ PROVISOR_AUDIT_KEY, home }: Config): Signer | undefined {
  if (PROVISOR_AUDIT_KEY !== undefined) return createSigner(PROVISOR_AUDIT_KEY);
  try {
    return createSigner(readFileSync(join(home, AUDIT_KEY_FILE), 'utf8').trim());
  } catch {
    return undefined;
  }
}

function requireSigner(config: Config): Signer {
  const signer = findSigner(config);
  if (signer !== undefined) return signer;
  throw new Error(
    'the key of checkpoints is not here: set PROVISOR_AUDIT_KEY (or PROVISOR_AUDIT_KEY_FILE), or PROVISOR_HOME to the home of "provisor start"',
  );
}

function fromFile<T>(file: string, parse: (text: string) => T): T {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

function notesOf(report: VerifyReport, trusted: readonly PublicKey[]): string[] {
  const { records, events, texts, files, auditEntries, checkpoints } = report;
  const { newest, count, compared } = checkpoints;
  const notes = [
    `Looked at ${records} records with ${events} events, ${texts} texts and ${files} files, ${auditEntries} administrative changes, ${count} checkpoints.`,
  ];
  if (newest === undefined) {
    notes.push('There is no checkpoint: a cut tail cannot be found. Is the worker given its key?');
    return notes;
  }
  notes.push(`The newest checkpoint is ${newest.checkpoint} of ${newest.at}, by ${newest.signer}.`);
  if (trusted.length === 0) {
    notes.push(
      'Its key is known from this database alone: name one that you trust with --public-key.',
    );
  }
  notes.push(
    compared === 0
      ? 'No kept checkpoints were compared: that the newest ones were deleted shows only against those (--against FILE).'
      : `${compared} kept checkpoints were compared.`,
  );
  return notes;
}

/**
 * Verifies the database of DATABASE_URL, or of the `provisor start` that runs, on one snapshot and without writing.
 * @throws Error that says what to do when it cannot be read
 */
export async function verifyAudit(options: VerifyAuditOptions): Promise<AuditFindings> {
  const config = readConfig();
  const kept = options.against.flatMap((file): Checkpoint[] => fromFile(file, parseCheckpoints));
  const own = findSigner(config);
  const given = options.publicKeys.map((file) => fromFile(file, readPublicKey));
  const trusted = given.length > 0 || own === undefined ? given : [own];
  try {
    const report = await inSnapshot(databaseUrl(config), (db) =>
      verifyAll(db, {
        trusted,
        kept,
        progress: (verified, events) => {
          options.progress(`Events verified: ${verified} of ${events}`);
        },
      }),
    );
    return { faults: report.faults, notes: notesOf(report, trusted) };
  } catch (error) {
    throw explained(error, config);
  }
}

/** Takes a checkpoint now. @returns its lines, for somebody else to keep; none when nothing is new */
export async function takeCheckpointNow(): Promise<string> {
  const config = readConfig();
  const signer = requireSigner(config);
  const pool = createPool(databaseUrl(config), 2);
  try {
    const lines = checkpointLines(await takeCheckpoints(pool, signer, Date.now));
    const file = config.PROVISOR_AUDIT_FILE;
    if (file !== undefined && lines !== '') appendFileSync(file, lines);
    return lines;
  } catch (error) {
    throw explained(error, config);
  } finally {
    await pool.end();
  }
}

/** The public key of checkpoints in PEM: to be kept by those who verify. */
export function auditPublicKey(): string {
  return requireSigner(readConfig()).pem;
}
