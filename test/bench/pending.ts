import { randomUUID } from 'node:crypto';
import { bareTimer } from './bare/workflows.ts';
import { callApi } from './call.ts';
import { insertCopies, readOriginal } from './copies.ts';
import type { Copy, Original } from './copies.ts';
import { times } from './load.ts';
import { CALLERS, newIncident, until, wakesWaiting } from './rows/row.ts';
import type { Stage } from './stage.ts';

const HOUR_MS = 3_900_000;
export const ARMED_WITHIN_MS = 900_000;

/** When so many fall due that none does during the run: spread over an hour, some hours from now. */
export function later(count: number): number[] {
  const from = Date.now() + 10 * HOUR_MS;
  return Array.from({ length: count }, (_, index) => from + Math.floor((index * HOUR_MS) / count));
}

/** Opens an incident of each of these bodies, to be copied as they are once they are `ready`. */
export async function openOriginals(
  stage: Stage,
  bodies: readonly object[],
  ready: (numbers: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<Original[]> {
  const numbers = await Promise.all(
    bodies.map((body) => callApi(stage, '/api/v1/incidents', body)),
  );
  await ready(numbers);
  return Promise.all(numbers.map((number) => readOriginal(stage.pool, number)));
}

/** One of them after the other, from the first again after the last. */
export function inTurns<T>(all: readonly T[], index: number): T {
  const one = all[index % all.length];
  if (one === undefined) throw new Error('there is nothing to take in turns');
  return one;
}

/**
 * Makes an incident for each of these moments, at which its respond clock breaches, and waits until the workflow of each has armed its timer. The
 * worker must run.
 * @param bodies of the incidents, in turns; of the breach of the usual one nobody is told, so that a tick writes one event and nothing else
 * @returns their numbers
 */
export async function armRecords(
  stage: Stage,
  moments: readonly number[],
  bodies: readonly object[] = [newIncident(3)],
): Promise<string[]> {
  const originals = await openOriginals(stage, bodies);
  const copies = moments.map((at, index): Copy => {
    const of = inTurns(originals, index);
    const respond = of.row.clocks['respond'];
    if (respond === undefined) throw new Error(`${of.row.number} has no respond clock`);
    const warnings = respond.warnings.map((one) => ({ ...one, notedAt: one.dueAt }));
    return {
      of,
      earlierMs: 0,
      texts: { title: `Pending incident ${index} of the bench` },
      clocks: { respond: { ...respond, warnings, dueAt: at } },
      dueAt: at,
      wake: true,
    };
  });
  const numbers = await insertCopies(stage.pool, copies);
  const armed = async () => (await wakesWaiting(stage)) === 0;
  await until('the timers of the records', ARMED_WITHIN_MS, armed);
  return numbers;
}

/**
 * The same on the bare engine: a workflow for each moment, that waits for it and notes when it came.
 * @param workflow one that also posts then, or only notes
 * @returns their ids
 */
export async function armBare(
  stage: Stage,
  moments: readonly number[],
  workflow: typeof bareTimer = bareTimer,
): Promise<string[]> {
  const { client, barePool } = stage;
  const ids = moments.map(() => randomUUID());
  await times(moments.length, CALLERS, async (index) => {
    const id = ids[index] ?? '';
    await client.workflow.start(workflow, {
      taskQueue: 'bare',
      workflowId: id,
      args: [id, moments[index] ?? 0],
    });
  });
  const armed = async () => {
    const { rows } = await barePool.query<{ count: number }>(
      'select count(*)::integer as count from looks where number = any($1::text[])',
      [ids],
    );
    return rows[0]?.count === ids.length;
  };
  await until('the timers of the bare workflows', ARMED_WITHIN_MS, armed);
  return ids;
}

/** When (epoch milliseconds) the moments of bare workflows were recorded, by their id, as far as they were. */
export async function recordedOnBare(
  { barePool }: Stage,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await barePool.query<{ number: string; at: number }>(
    `select number, (extract(epoch from recorded_at) * 1000)::float8 as at from timers
     where number = any($1::text[])`,
    [ids],
  );
  return new Map(rows.map(({ number, at }) => [number, at]));
}
