import { createHash } from 'node:crypto';
import {
  activationHashes,
  insertAuditEntry,
  keyStates,
  lastAuditEntry,
  lockAuditLog,
} from '../db/auditLog.ts';
import type { AuditEntry } from '../db/auditLog.ts';
import type { Queryable } from '../db/pool.ts';
import type { Actor } from '../domain/actor.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { canonical } from './canonical.ts';
import { chainStart } from './chain.ts';

export const auditKinds = [
  'logBegun',
  'keyCreated',
  'keyRevoked',
  'policyActivated',
  'textsErased',
  'checkpointKey',
  'scheduleStored',
  'scheduleDeleted',
  'calendarImported',
  'calendarRemoved',
  'overrideMade',
  'overrideWithdrawn',
  'swapAsked',
  'swapAnswered',
  'feedCreated',
  'feedRevoked',
  'heartbeatMade',
  'heartbeatChanged',
  'heartbeatPaused',
  'heartbeatResumed',
  'heartbeatTokenRenewed',
  'heartbeatDeleted',
  'windowMade',
  'windowChanged',
  'windowEnded',
  'windowDeleted',
  'contactMethodAdded',
  'contactMethodVerified',
  'contactMethodRemoved',
  'contactMethodIdentified',
  'contactMethodDisabled',
  'contactMethodEnabled',
  'notificationRulesChanged',
  'answerTriedAgain',
] as const;
export type AuditKind = (typeof auditKinds)[number];

export interface Change {
  readonly kind: AuditKind;
  readonly actor: string;
  readonly at: Instant;
  /** Never a secret, never a text that somebody wrote: it stays for ever. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** SHA-256 over the previous hash and the entry in canonical JSON. */
export function auditHash(
  previous: Buffer,
  { seq, kind, actor, at, data }: Omit<AuditEntry, 'previous' | 'hash'>,
): Buffer {
  const content = canonical({ seq, kind, actor, at: toIso(at), data });
  return createHash('sha256').update(previous).update(content).digest();
}

/** How the log names who acted. */
export function actorName({ kind, id }: Pick<Actor, 'kind' | 'id'>): string {
  return `${kind}:${id}`;
}

async function append(
  tx: Queryable,
  change: Change,
  last: AuditEntry | undefined,
): Promise<AuditEntry> {
  const previous = last?.hash ?? chainStart;
  const data = JSON.parse(JSON.stringify(change.data)) as Change['data'];
  const entry = { ...change, data, seq: (last?.seq ?? 0) + 1 };
  const chained = { ...entry, previous, hash: auditHash(previous, entry) };
  await insertAuditEntry(tx, chained);
  return chained;
}

/**
 * Adds an administrative change to the audit log, in the transaction of the change itself and after it. The log begins with what was there
 * before it, so that each later key and policy has its entry.
 */
export async function recordChange(tx: Queryable, change: Change): Promise<AuditEntry> {
  await lockAuditLog(tx);
  const last = await lastAuditEntry(tx);
  if (last !== undefined) return append(tx, change, last);
  const data = { keys: await keyStates(tx), policies: await activationHashes(tx) };
  const begun = await append(tx, { kind: 'logBegun', actor: 'system', at: change.at, data }, last);
  return append(tx, change, begun);
}
