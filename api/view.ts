import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import { clockStatus } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';
import type { Process, RecordState } from '../domain/process.ts';
import { upToDate } from '../domain/upToDate.ts';
import { formatDuration, toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from '../records/engine.ts';
import { textsBeside } from '../records/read.ts';
import type { KnownTexts } from '../records/read.ts';
import { resolveTexts } from '../records/resolve.ts';
import type { ClockView, RecordView } from './contract.ts';

function iso(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

function clockView(clock: Clock, final: boolean): ClockView {
  const { within, calendar, rule } = clock.target;
  return {
    state: final ? 'stopped' : clockStatus(clock),
    dueAt: iso(clock.dueAt),
    target: formatDuration(within),
    withinMs: within,
    calendar,
    rule,
    breachedAt: iso(clock.breachedAt),
    stoppedAt: iso(clock.stoppedAt),
    warnings: clock.warnings.map(({ share, dueAt, notedAt }) => ({
      share,
      dueAt: iso(dueAt),
      notedAt: iso(notedAt),
    })),
  };
}

/** A field as it is outside. By convention a number in a field whose name ends in `At` is an instant. */
function fieldView(name: string, value: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (name.endsWith('At') && typeof value === 'number') return toIso(value);
  return resolveTexts(value, texts);
}

function recordView(
  process: Process,
  record: RecordState,
  texts: ReadonlyMap<string, string>,
  actor: Actor,
): RecordView {
  const final = process.final.includes(record.state);
  // Customers see how it stands; the goals are between the desk and whom it answers to.
  const onlyOwn = seesOnlyOwn(actor);
  const fields = Object.entries(upToDate(process, record).fields)
    .filter(([name]) => !onlyOwn || process.requesters.fields.includes(name))
    .map(([name, value]) => [name, fieldView(name, value, texts)]);
  const clocks = Object.entries(onlyOwn ? {} : record.clocks).map(([name, clock]) => [
    name,
    clockView(clock, final),
  ]);
  const { number, state } = record;
  const named = { number, process: record.process, state };
  const own = Object.fromEntries(fields) as Record<string, unknown>;
  return {
    // First for readers; again after the fields, should a process name one of its own like them.
    ...named,
    ...own,
    ...named,
    clocks: Object.fromEntries(clocks) as Record<string, ClockView>,
    openedAt: toIso(record.openedAt),
    updatedAt: toIso(record.lastAt),
    seq: record.seq,
    version: record.version,
    policy: record.policy,
  };
}

/** Records of one process as the API shows them to this actor, with their free texts. @param known texts of theirs, which are not read again */
export async function recordViews(
  engine: Engine,
  process: Process,
  records: readonly RecordState[],
  actor: Actor,
  known: KnownTexts = new Map(),
): Promise<RecordView[]> {
  const fields = records.map((record) => record.fields);
  const numbers = records.map(({ number }) => number);
  const texts = await textsBeside(engine, known, numbers, ...fields);
  return records.map((record) => recordView(process, record, texts, actor));
}
