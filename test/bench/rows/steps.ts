import { setTimeout as sleep } from 'node:timers/promises';
import { bareStep } from '../bare/workflows.ts';
import { cpuMsDuring } from '../cpu.ts';
import { armEscalations, pagesOf } from '../escalations.ts';
import { armBare, later, recordedOnBare } from '../pending.ts';
import type { Line } from '../report.ts';
import type { Stage } from '../stage.ts';
import { median, sampleOf } from '../statistics.ts';
import { PER_SECOND, turnsFrom } from '../turns.ts';
import { until } from './row.ts';
import type { Row } from './row.ts';

/** What a turn leaves over needs a while. */
const GAP_SECONDS = 20;
const COME_WITHIN_MS = 120_000;
/** What a step calls once is compiled for speed only after a thousand of them and more: so many turns of each engine warm up. */
const WARM_UP_TURNS = 4;

/** How much later than their moments steps were committed, and their pages were at the receiver, in milliseconds. */
interface Lateness {
  readonly committed: readonly number[];
  readonly handedOver: readonly number[];
}

interface Engine {
  readonly arm: (stage: Stage, moments: readonly number[]) => Promise<string[]>;
  /** When those of these steps that were taken were committed, by their number. */
  readonly committed: (
    stage: Stage,
    numbers: readonly string[],
  ) => Promise<ReadonlyMap<string, number>>;
}

const ours: Engine = {
  arm: armEscalations,
  committed: (stage, numbers) => pagesOf(stage, numbers, 1),
};

const bare: Engine = {
  arm: (stage, moments) => armBare(stage, moments, bareStep),
  committed: recordedOnBare,
};

/** Waits until all of a turn have come. */
async function latenessOf(
  engine: Engine,
  stage: Stage,
  numbers: readonly string[],
  moments: readonly number[],
): Promise<Lateness> {
  const come = async () =>
    numbers.every((number) => stage.hooks.arrivedAt(number) !== undefined) &&
    (await engine.committed(stage, numbers)).size === numbers.length;
  await until('the last page', COME_WITHIN_MS, come);
  const committedAt = await engine.committed(stage, numbers);
  const late = (at: (number: string) => number | undefined): number[] =>
    numbers.map((number, index) => (at(number) ?? Number.NaN) - (moments[index] ?? Number.NaN));
  return {
    committed: late((number) => committedAt.get(number)),
    handedOver: late((number) => stage.hooks.arrivedAt(number)),
  };
}

/** How late the steps of escalations are taken, and their pages handed over, while thousands of others wait. */
export const steps: Row = {
  name: 'steps',
  about: `steps of escalations at ${PER_SECOND} a second while others are pending`,
  async run(stage, { repetitions, steadySeconds, pending }) {
    const { temporalPid: Temporal, postgresPid: PostgreSQL } = stage;
    const pids = {
      ours: { worker: await stage.worker(true), Temporal, PostgreSQL },
      bare: { worker: await stage.bareWorker(true), Temporal, PostgreSQL },
    };
    const begun = performance.now();
    await ours.arm(stage, later(pending));
    await bare.arm(stage, later(pending));
    const msEach = (performance.now() - begun) / pending;

    // All are armed before the first falls due, so that none measures how fast escalations begin.
    const turns = repetitions + WARM_UP_TURNS;
    const perTurn = steadySeconds * PER_SECOND;
    const from = Math.ceil(Date.now() + 20_000 + 2 * msEach * turns * perTurn);
    const plan = turnsFrom(from, turns, steadySeconds, GAP_SECONDS);
    const numbers = {
      ours: await ours.arm(stage, plan.ours.flat()),
      bare: await bare.arm(stage, plan.bare.flat()),
    };
    if (Date.now() > from) throw new Error('the machine is too busy to arm the steps in time');
    const forMs = (steadySeconds + GAP_SECONDS / 2) * 1000;
    const cpuOf = async (which: 'ours' | 'bare'): Promise<Record<string, number>> => {
      const measured = plan[which].slice(WARM_UP_TURNS).map(([first = 0]) => first);
      const all = await Promise.all(measured.map((at) => cpuMsDuring(pids[which], at, forMs)));
      const names = Object.keys(pids[which]);
      const each = (name: string) => median(all.map((one) => (one[name] ?? 0) / perTurn));
      return Object.fromEntries(names.map((name) => [name, each(name)]));
    };
    const [cpuMs, bareCpuMs] = await Promise.all([cpuOf('ours'), cpuOf('bare')]);
    await sleep(plan.end - Date.now());
    const bareCpu = Object.entries(bareCpuMs).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);

    const readTurns = async (engine: Engine, which: 'ours' | 'bare') => {
      const all: Lateness[] = [];
      for (const [turn, moments] of plan[which].entries()) {
        const some = numbers[which].slice(turn * perTurn, (turn + 1) * perTurn);
        all.push(await latenessOf(engine, stage, some, moments));
      }
      return { cold: all.slice(0, 1), measured: all.slice(WARM_UP_TURNS) };
    };
    const read = { ours: await readTurns(ours, 'ours'), bare: await readTurns(bare, 'bare') };
    const slices = { ours: read.ours.measured, bare: read.bare.measured };
    await stage.bareWorker(false);
    const line = (what: string, kind: keyof Lateness): Line => {
      const seconds = repetitions * steadySeconds;
      const pick = (all: readonly Lateness[]) => all.flatMap((one) => one[kind]);
      const { count, p50, p99, max } = sampleOf(pick(slices.ours), seconds);
      const base = sampleOf(pick(slices.bare), seconds);
      const coldP99 = (which: 'ours' | 'bare') =>
        Math.round(sampleOf(pick(read[which].cold), steadySeconds).p99);
      const ratios = slices.ours.map(
        (one, turn) => median(one[kind]) / median((slices.bare[turn] ?? one)[kind]),
      );
      return {
        what,
        unit: 'ms',
        value: p50,
        p50,
        p99,
        max,
        cpuMs,
        bares: [{ what: 'bare workflow', value: base.p50, p99: base.p99, ratio: median(ratios) }],
        over: `${count} and ${base.count} bare in ${repetitions} × ${steadySeconds} s, ${PER_SECOND}/s, ${pending} more of each pending; the bare's longest ${Math.round(base.max)} ms, its CPU ms each: ${bareCpu.join(' ')}; the first ${steadySeconds} s of both workers, not counted: p99 ${coldP99('ours')} and ${coldP99('bare')} ms`,
        target: { text: 'p99 < 1000', met: p99 < 1_000 },
      };
    };
    return [line('step due → committed', 'committed'), line('step due → webhook', 'handedOver')];
  },
};
