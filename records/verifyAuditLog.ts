import { activationHashes, keyStates, readAuditEntries } from '../db/auditLog.ts';
import type { AuditEntry, KeyState } from '../db/auditLog.ts';
import { readPolicies } from '../db/auditRead.ts';
import type { Queryable } from '../db/pool.ts';
import { auditHash } from './auditLog.ts';
import { canonical } from './canonical.ts';
import { chainStart } from './chain.ts';
import type { Fault } from './fault.ts';
import { policyHash } from './policies.ts';

const PAGE = 1_000;

/** What the audit log says of what is in force. */
interface Expected {
  readonly keys: Map<string, KeyState>;
  readonly activations: string[];
  /** Public keys of checkpoints, in PEM, by their ids. */
  readonly signers: Map<string, string>;
  /** The chain's hash at each entry, in hexadecimal. */
  readonly hashes: Map<number, string>;
}

export interface AuditLogReport extends Pick<Expected, 'signers' | 'hashes'> {
  readonly faults: readonly Fault[];
  readonly entries: number;
  /** The hashes of all policies that are there. */
  readonly policies: ReadonlySet<string>;
}

function follow(expected: Expected, { seq, kind, data }: AuditEntry): void {
  switch (kind) {
    case 'logBegun':
      for (const key of data['keys'] as KeyState[]) expected.keys.set(key.id, key);
      expected.activations.push(...(data['policies'] as string[]));
      break;
    case 'keyCreated': {
      const key = data as unknown as KeyState;
      expected.keys.set(key.id, key);
      break;
    }
    case 'keyRevoked': {
      const id = String(data['id']);
      const key = expected.keys.get(id);
      if (key !== undefined) expected.keys.set(id, { ...key, revoked: true });
      break;
    }
    case 'policyActivated':
      // The entry before was made in the same transaction and saw it already.
      if (seq !== 2) expected.activations.push(String(data['hash']));
      break;
    case 'checkpointKey':
      expected.signers.set(String(data['key']), String(data['publicKey']));
      break;
  }
}

async function readLog(db: Queryable): Promise<{ faults: Fault[]; expected: Expected }> {
  const faults: Fault[] = [];
  const expected: Expected = {
    keys: new Map(),
    activations: [],
    signers: new Map(),
    hashes: new Map(),
  };
  let last: Pick<AuditEntry, 'seq' | 'hash'> = { seq: 0, hash: chainStart };
  for (;;) {
    const page = await readAuditEntries(db, { after: last.seq, limit: PAGE });
    for (const entry of page) {
      const complain = (what: string): void => {
        faults.push({ of: 'audit log', seq: entry.seq, what });
      };
      if (entry.seq !== last.seq + 1) complain('the entries before it are missing');
      else if (!entry.previous.equals(last.hash)) {
        complain('is not chained to the entry before it: one of them was exchanged or moved');
      }
      if (!auditHash(entry.previous, entry).equals(entry.hash)) {
        complain('was changed: its content does not fit its hash');
      }
      follow(expected, entry);
      expected.hashes.set(entry.seq, entry.hash.toString('hex'));
      last = entry;
    }
    if (page.length < PAGE) return { faults, expected };
  }
}

const keyParts = ['kind', 'holder', 'roles', 'organisation', 'fingerprint', 'revoked'] as const;

function keyFaults(known: ReadonlyMap<string, KeyState>, stored: readonly KeyState[]): Fault[] {
  const there = new Map(stored.map((key) => [key.id, key]));
  const gone = [...known.keys()].filter((id) => !there.has(id));
  const faults = stored.flatMap((key): Fault[] => {
    const entry = known.get(key.id);
    if (entry === undefined) {
      return [{ of: `key ${key.id}`, what: 'the audit log does not know it: nobody made it here' }];
    }
    const wrong = keyParts.filter(
      (part) => canonical({ part: key[part] }) !== canonical({ part: entry[part] }),
    );
    if (wrong.length === 0) return [];
    const what = `it is not as the audit log has it: ${wrong.join(', ')}`;
    return [{ of: `key ${key.id}`, what }];
  });
  return [...faults, ...gone.map((id) => ({ of: `key ${id}`, what: 'it is not there any more' }))];
}

function activationFaults(known: readonly string[], stored: readonly string[]): Fault[] {
  const at = known.findIndex((hash, index) => stored[index] !== hash);
  const index = at === -1 && stored.length > known.length ? known.length : at;
  if (index === -1) return [];
  const [is, should] = [stored[index] ?? 'none', known[index] ?? 'none'];
  const what = `activation ${index + 1} is of the policy ${is}; by the audit log it is of ${should}`;
  return [{ of: 'policies', what }];
}

/** The audit log by itself, and whether API keys and policies are what it says. */
export async function verifyAuditLog(db: Queryable): Promise<AuditLogReport> {
  const { faults, expected } = await readLog(db);
  const policies = await readPolicies(db);
  const changed = policies.filter(({ hash, body }) => policyHash(body) !== hash);
  const { signers, hashes } = expected;
  return {
    signers,
    hashes,
    faults: [
      ...faults,
      ...keyFaults(expected.keys, await keyStates(db)),
      ...changed.map(({ hash }) => ({
        of: `policy ${hash}`,
        what: 'was changed: its content does not fit its hash',
      })),
      ...activationFaults(expected.activations, await activationHashes(db)),
    ],
    entries: hashes.size,
    policies: new Set(policies.map(({ hash }) => hash)),
  };
}
