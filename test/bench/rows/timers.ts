import { setTimeout as sleep } from 'node:timers/promises';
import { armBare, armRecords, later } from '../pending.ts';
import type { Line } from '../report.ts';
import type { Stage } from '../stage.ts';
import { median, sampleOf } from '../statistics.ts';
import { PER_SECOND, turnsFrom } from '../turns.ts';
import { until } from './row.ts';
import type { Row } from './row.ts';

const GAP_SECONDS = 3;
const COME_WITHIN_MS = 120_000;

/** How much later than its moment each was recorded, in milliseconds. */
type Lateness = number[];

interface Engine {
  readonly arm: (stage: Stage, moments: readonly number[]) => Promise<string[]>;
  /** Of those of these that have come. */
  readonly lateness: (stage: Stage, numbers: readonly string[]) => Promise<Lateness>;
}

const ours: Engine = {
  arm: armRecords,
  async lateness({ pool }, numbers) {
    const { rows } = await pool.query<{ late: number }>(
      `select (extract(epoch from recorded_at - at) * 1000)::float8 as late from events
       where number = any($1::text[]) and type = 'respond.breached'`,
      [numbers],
    );
    return rows.map(({ late }) => late);
  },
};

const bare: Engine = {
  arm: armBare,
  async lateness({ barePool }, numbers) {
    const { rows } = await barePool.query<{ late: number }>(
      `select (extract(epoch from recorded_at - due_at) * 1000)::float8 as late from timers
       where number = any($1::text[])`,
      [numbers],
    );
    return rows.map(({ late }) => late);
  },
};

/** How late due moments are recorded while thousands of others are pending. */
export const timers: Row = {
  name: 'timers',
  about: `timers at ${PER_SECOND} a second while others are pending`,
  async run(stage, { repetitions, steadySeconds, pending }) {
    await stage.worker(true);
    await stage.bareWorker(true);
    const begun = performance.now();
    await armRecords(stage, later(pending));
    await armBare(stage, later(pending));
    const msEach = (performance.now() - begun) / pending;

    // All are armed before the first falls due, so that none measures how fast records are opened.
    const turns = repetitions + 1;
    const due = turns * steadySeconds * PER_SECOND;
    const from = Math.ceil(Date.now() + 10_000 + 2 * msEach * due);
    const plan = turnsFrom(from, turns, steadySeconds, GAP_SECONDS);
    const numbers = {
      ours: await ours.arm(stage, plan.ours.flat()),
      bare: await bare.arm(stage, plan.bare.flat()),
    };
    if (Date.now() > from) throw new Error('the machine is too busy to arm the timers in time');
    await sleep(plan.end - Date.now());

    const measured = async (engine: Engine, all: readonly string[]): Promise<Lateness[]> => {
      const perTurn = steadySeconds * PER_SECOND;
      const slices: Lateness[] = [];
      for (let turn = 1; turn < turns; turn += 1) {
        const some = all.slice(turn * perTurn, (turn + 1) * perTurn);
        const come = async () => (await engine.lateness(stage, some)).length === perTurn;
        await until('the last timer', COME_WITHIN_MS, come);
        slices.push(await engine.lateness(stage, some));
      }
      return slices;
    };
    const slices = {
      ours: await measured(ours, numbers.ours),
      bare: await measured(bare, numbers.bare),
    };
    await stage.bareWorker(false);
    const seconds = repetitions * steadySeconds;
    const { count, p50, p99, max } = sampleOf(slices.ours.flat(), seconds);
    const base = sampleOf(slices.bare.flat(), seconds);
    const ratios = slices.ours.map((one, turn) => median(one) / median(slices.bare[turn] ?? one));
    const line: Line = {
      what: 'timer lateness',
      unit: 'ms',
      value: p50,
      p50,
      p99,
      max,
      bares: [{ what: 'bare workflow', value: base.p50, p99: base.p99, ratio: median(ratios) }],
      over: `${count} and ${base.count} bare in ${repetitions} × ${steadySeconds} s, ${PER_SECOND}/s, ${pending} more of each pending; the bare's longest ${Math.round(base.max)} ms`,
      target: { text: 'p99 < 1000', met: p99 < 1_000 },
    };
    return [line];
  },
};
