import {
  countEvents,
  leftovers,
  readEventsAfter,
  readFileDigests,
  readRows,
  readTextRows,
} from '../db/auditRead.ts';
import type { AuditedEvent, AuditedFile, AuditedText } from '../db/auditRead.ts';
import type { Queryable } from '../db/pool.ts';
import type { Process } from '../domain/process.ts';
import { processes } from '../processes/index.ts';
import type { Fault } from './fault.ts';
import { verifyAuditLog } from './verifyAuditLog.ts';
import { verifyCheckpoints } from './verifyCheckpoints.ts';
import type { CheckpointOptions, CheckpointReport } from './verifyCheckpoints.ts';
import { verifyRecord } from './verifyRecord.ts';

const PAGE = 2_000;
/** Of each kind of trace in the tables around the events. */
const MOST_LEFTOVERS = 100;

/** Definitions by name. */
const registered: ReadonlyMap<string, Process> = new Map(
  processes.map((process) => [process.name, process]),
);

export interface VerifyOptions extends CheckpointOptions {
  /** How many events are held at once, beside those of one record. */
  readonly pageSize?: number;
  /** Called after each page. */
  readonly progress?: (verified: number, events: number) => void;
}

export interface VerifyReport {
  readonly faults: readonly Fault[];
  readonly records: number;
  readonly events: number;
  readonly texts: number;
  readonly files: number;
  readonly auditEntries: number;
  readonly checkpoints: CheckpointReport;
}

interface Counts {
  records: number;
  events: number;
  texts: number;
  files: number;
}

function groupBy<Item extends { number: string }>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.number);
    if (group === undefined) groups.set(item.number, [item]);
    else group.push(item);
  }
  return groups;
}

/** Records whose events are complete. */
async function verifyGroups(
  db: Queryable,
  groups: ReadonlyMap<string, AuditedEvent[]>,
  policies: ReadonlySet<string>,
  counts: Counts,
): Promise<Fault[]> {
  const numbers = [...groups.keys()];
  const rows = await readRows(db, numbers);
  const found = await readTextRows(db, numbers);
  const texts: ReadonlyMap<string, AuditedText[]> = groupBy(found);
  counts.records += groups.size;
  const attached = await readFileDigests(db, numbers);
  const files: ReadonlyMap<string, AuditedFile[]> = groupBy(attached);
  counts.texts += found.length;
  counts.files += attached.length;
  return [...groups].flatMap(([number, events]) =>
    verifyRecord({
      number,
      events,
      row: rows.get(number),
      texts: texts.get(number) ?? [],
      files: files.get(number) ?? [],
      processes: registered,
      policies,
    }),
  );
}

async function verifyRecords(
  db: Queryable,
  policies: ReadonlySet<string>,
  options: VerifyOptions,
): Promise<{ faults: Fault[]; counts: Counts }> {
  const faults: Fault[] = [];
  const counts: Counts = { records: 0, events: 0, texts: 0, files: 0 };
  const total = await countEvents(db);
  let open: AuditedEvent[] = [];
  let after = { number: '', seq: 0 };
  for (;;) {
    const page = await readEventsAfter(db, after, options.pageSize ?? PAGE);
    counts.events += page.length;
    const last = page.at(-1);
    const groups = groupBy([...open, ...page]);
    // The last record of a full page may go on in the next one.
    open = last === undefined ? [] : (groups.get(last.number) ?? []);
    if (last !== undefined) groups.delete(last.number);
    faults.push(...(await verifyGroups(db, groups, policies, counts)));
    if (last === undefined) return { faults, counts };
    options.progress?.(counts.events, total);
    after = last;
  }
}

/**
 * Looks for every trace of a change that did not come through the one door: in records, their texts and files, the audit log, keys, policies and
 * checkpoints. Changes nothing.
 * @param db one snapshot (db/auditRead.ts)
 */
export async function verifyAll(db: Queryable, options: VerifyOptions): Promise<VerifyReport> {
  const log = await verifyAuditLog(db);
  const { faults, counts } = await verifyRecords(db, log.policies, options);
  const left = await leftovers(db, MOST_LEFTOVERS);
  const checkpoints = await verifyCheckpoints(db, log, options);
  return {
    faults: [
      ...faults,
      ...left.map(({ number, what }) => ({ of: number, what })),
      ...log.faults,
      ...checkpoints.faults,
    ],
    ...counts,
    auditEntries: log.entries,
    checkpoints: checkpoints.report,
  };
}
