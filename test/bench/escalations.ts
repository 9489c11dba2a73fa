import { insertCopies } from './copies.ts';
import type { Copy, Original } from './copies.ts';
import { incidentsOf, STEP_WAIT_MS } from './escalatingServices.ts';
import { ARMED_WITHIN_MS, inTurns, openOriginals } from './pending.ts';
import { until, wakesWaiting } from './rows/row.ts';
import type { Stage } from './stage.ts';

const PAGED_WITHIN_MS = 60_000;

/** When its escalation took its first step. */
function pagedAt({ row, events }: Original): number {
  const paged = events.find(({ type }) => type === 'paged');
  if (paged === undefined) throw new Error(`${row.number} has paged nobody`);
  return Date.parse(String(paged['at']));
}

/** How many of these still have an escalation that does not run. */
async function notRunning({ pool }: Stage, numbers: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from unnest($1::text[]) as n(number)
     where not exists (select from effects e where e.number = n.number and e.kind = 'escalation' and e.state = 'started')`,
    [numbers],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Makes an incident for each of these moments (no later than half a day from now), at which its running escalation takes its second step, and
 * waits until all of them run. The worker must run. @returns their numbers
 */
export async function armEscalations(stage: Stage, moments: readonly number[]): Promise<string[]> {
  const originals = await openOriginals(stage, incidentsOf('paged'), (numbers) =>
    until('the first pages', PAGED_WITHIN_MS, async () => {
      const paged = await pagesOf(stage, numbers, 0);
      return paged.size === numbers.length && (await notRunning(stage, numbers)) === 0;
    }),
  );
  const copies = moments.map((at, index): Copy => {
    const of = inTurns(originals, index);
    return {
      of,
      earlierMs: pagedAt(of) + STEP_WAIT_MS - at,
      texts: { title: `Escalating incident ${index} of the bench` },
      dueAt: null,
      wake: true,
    };
  });
  const numbers = await insertCopies(stage.pool, copies);
  await until(
    'the timers of the escalations',
    ARMED_WITHIN_MS,
    async () => (await wakesWaiting(stage)) === 0 && (await notRunning(stage, numbers)) === 0,
  );
  return numbers;
}

/** When (epoch milliseconds) the page of this step was recorded, by the number of its record, as far as it was. */
export async function pagesOf(
  { pool }: Stage,
  numbers: readonly string[],
  step: number,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ number: string; at: number }>(
    `select number, (extract(epoch from recorded_at) * 1000)::float8 as at from events
     where number = any($1::text[]) and type = 'paged' and (data ->> 'step')::integer = $2`,
    [numbers, step],
  );
  return new Map(rows.map(({ number, at }) => [number, at]));
}
