import type { RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from '../records/engine.ts';
import { processOf } from '../records/engine.ts';
import { explain } from '../records/explain.ts';
import type { Explanation } from '../records/explanation.ts';
import { findRecords, getRecord, textsOf } from '../records/read.ts';
import { readTimeline } from '../records/timeline.ts';
import type { Entry } from '../records/timeline.ts';
import { demoActor } from './actor.ts';

/** A record as the demo's pages show it. */
export interface Shown {
  readonly number: string;
  readonly title: string;
  readonly state: string;
  readonly stateMeans: string;
  readonly priority: number;
  readonly service: string;
  readonly answeredBy: string | null;
  /** Clocks that run or ran, with what became of them. */
  readonly clocks: readonly {
    readonly name: string;
    readonly dueAt: Instant | null;
    readonly breached: boolean;
    readonly stopped: boolean;
  }[];
}

const MOST = 12;

async function shownOf(engine: Engine, records: readonly RecordState[]): Promise<Shown[]> {
  const numbers = records.map(({ number }) => number);
  const texts = await textsOf(engine, numbers, ...records.map(({ fields }) => fields['title']));
  return records.map(({ number, process, state, fields, clocks }) => ({
    number,
    title: texts.get(String(fields['title'])) ?? '',
    state,
    stateMeans: processOf(engine, process).states[state] ?? '',
    priority: Number(fields['priority']),
    service: String(fields['service']),
    answeredBy: typeof fields['answeredBy'] === 'string' ? fields['answeredBy'] : null,
    clocks: Object.entries(clocks).map(([name, { dueAt, breachedAt, stoppedAt }]) => ({
      name,
      dueAt,
      breached: breachedAt !== null,
      stopped: stoppedAt !== null,
    })),
  }));
}

/** The latest incidents. */
export async function latestIncidents(engine: Engine): Promise<Shown[]> {
  const query = { process: 'incident', filters: {}, sort: 'openedAt', descending: true } as const;
  return shownOf(engine, await findRecords(engine, { ...query, limit: MOST }, demoActor));
}

/** One record with its story and the reasons behind it. Undefined when there is none. */
export async function oneRecord(
  engine: Engine,
  number: string,
): Promise<{ shown: Shown; story: readonly Entry[]; reasons: Explanation[] } | undefined> {
  const found = await getRecord(engine, number, demoActor);
  if (!found.ok) return undefined;
  const [shown] = await shownOf(engine, [found.value]);
  if (shown === undefined) return undefined;
  const after = { seq: 0, deliveries: 0 };
  const { entries } = await readTimeline(engine, found.value, demoActor, { after, limit: 500 });
  return { shown, story: entries, reasons: await explain(engine, found.value, demoActor) };
}
