import type { Pool } from '../db/pool.ts';
import { nextNumbers } from '../db/records.ts';
import type { NextNumbers } from '../db/records.ts';
import type { Process, RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { createBatch } from './batch.ts';
import { createPolicies } from './policies.ts';
import type { Policies } from './policies.ts';
import { createSchedules } from './schedules.ts';
import type { Schedules } from './schedules.ts';

/** What the one door stands on: passed in, never looked up. */
export interface Engine {
  readonly pool: Pool;
  readonly policies: Policies;
  readonly schedules: Schedules;
  /** The registered definitions, by name. */
  readonly processes: ReadonlyMap<string, Process>;
  /** The next number of a prefix's sequence, and the policy in force: not in a transaction. */
  readonly nextNumber: (prefix: string) => Promise<NextNumbers>;
  /** The machine's clock: when something is recorded. What the record's time is comes with each request. */
  readonly clock: () => Instant;
  /** Called after a commit that left a wake, so that it is sent at once; without a call it is sent all the same, a little later. */
  readonly onWake: () => void;
}

export interface EngineOptions {
  readonly pool: Pool;
  readonly processes: readonly Process[];
  readonly clock?: () => Instant;
  readonly onWake?: () => void;
}

export function createEngine({
  pool,
  processes,
  clock = Date.now,
  onWake = () => undefined,
}: EngineOptions): Engine {
  const numbersOf = new Map(
    processes.map(({ prefix }) => [
      prefix,
      createBatch<undefined, NextNumbers>((asked) => nextNumbers(pool, prefix, asked.length)),
    ]),
  );
  return {
    pool,
    nextNumber(prefix) {
      const next = numbersOf.get(prefix);
      if (next === undefined) throw new Error(`no process has the prefix ${prefix}`);
      return next(undefined);
    },
    policies: createPolicies(),
    schedules: createSchedules(),
    processes: new Map(processes.map((process) => [process.name, process])),
    clock,
    onWake,
  };
}

/** @throws Error for a record of a process that this installation has not: a fault of the set-up, not of the caller */
export function processOf(engine: Engine, name: string): Process {
  const process = engine.processes.get(name);
  if (process === undefined) {
    throw new Error(`process "${name}" is not registered in processes/index.ts`);
  }
  return process;
}

/** The record was decided by a newer version of its definition than this program has: it is left to programs that have it. */
export class NewerDefinition extends Error {
  constructor({ number, version }: RecordState, process: Process) {
    super(
      `${number} was decided by version ${version} of the definition "${process.name}", this program has ${process.version}: it waits for a newer one`,
    );
    this.name = 'NewerDefinition';
  }
}

/** The definition by which a record may be decided here. @throws NewerDefinition */
export function processThatDecides(engine: Engine, record: RecordState): Process {
  const process = processOf(engine, record.process);
  if (record.version > process.version) throw new NewerDefinition(record, process);
  return process;
}
