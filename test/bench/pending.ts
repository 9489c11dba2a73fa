import { randomUUID } from 'node:crypto';
import { bareTimer } from './bare/workflows.ts';
import { callApi } from './call.ts';
import { insertCopies, readOriginal } from './copies.ts';
import type { Copy } from './copies.ts';
import { times } from './load.ts';
import { CALLERS, newIncident, until, wakesWaiting } from './rows/row.ts';
import type { Stage } from './stage.ts';

const HOUR_MS = 3_600_000;
const ARMED_WITHIN_MS = 600_000;

/** When so many fall due that none does during the run: spread over an hour, half a day from now. */
export function later(count: number): number[] {
  const from = Date.now() + 12 * HOUR_MS;
  return Array.from({ length: count }, (_, index) => from + Math.floor((index * HOUR_MS) / count));
}

/**
 * Makes an incident for each of these moments, at which its respond clock breaches, and waits until the workflow of each has armed its timer. Nobody
 * is told of such a breach, so that a tick writes one event and nothing else. The worker must run. @returns their numbers
 */
export async function armRecords(stage: Stage, moments: readonly number[]): Promise<string[]> {
  const number = await callApi(stage, '/api/v1/incidents', newIncident(3));
  const original = await readOriginal(stage.pool, number);
  const respond = original.row.clocks['respond'];
  if (respond === undefined) throw new Error(`${number} has no respond clock`);
  const copies = moments.map((at, index): Copy => {
    const warnings = respond.warnings.map((one) => ({ ...one, notedAt: one.dueAt }));
    return {
      of: original,
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

/** The same on the bare engine: a workflow for each moment, that waits for it and notes when it came. @returns their ids */
export async function armBare(stage: Stage, moments: readonly number[]): Promise<string[]> {
  const { client, barePool } = stage;
  const ids = moments.map(() => randomUUID());
  await times(moments.length, CALLERS, async (index) => {
    const id = ids[index] ?? '';
    await client.workflow.start(bareTimer, {
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
