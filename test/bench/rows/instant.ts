import { setTimeout as sleep } from 'node:timers/promises';
import { bareStep } from '../bare/workflows.ts';
import { cpuSeconds } from '../cpu.ts';
import { incidentsOf } from '../escalatingServices.ts';
import { armEscalations } from '../escalations.ts';
import { armBare, armRecords, later } from '../pending.ts';
import type { Line } from '../report.ts';
import type { Stage } from '../stage.ts';
import { percentile } from '../statistics.ts';
import { until } from './row.ts';
import type { Row } from './row.ts';

const WITHIN_MS = 60_000;
const COME_WITHIN_MS = 300_000;

/** What falls due at one instant: how long after it each was at the receiver, in milliseconds. */
interface Instant {
  readonly pages: readonly number[];
  readonly ordinary: readonly number[];
  /** CPU that each of them took, in milliseconds, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** Makes what falls due at these moments, and waits until it is armed. @returns the subjects of what will be posted */
interface Engine {
  readonly armPages: (stage: Stage, moments: readonly number[]) => Promise<string[]>;
  readonly armOrdinary: (stage: Stage, moments: readonly number[]) => Promise<string[]>;
}

const ours: Engine = {
  armPages: armEscalations,
  armOrdinary: (stage, moments) => armRecords(stage, moments, incidentsOf('told')),
};

const bare: Engine = {
  armPages: (stage, moments) => armBare(stage, moments, bareStep),
  armOrdinary: (stage, moments) => armBare(stage, moments, bareStep),
};

interface Counts {
  readonly pages: number;
  readonly ordinary: number;
}

async function measure(
  stage: Stage,
  engine: Engine,
  worker: number,
  { pages: count, ordinary: others }: Counts,
): Promise<Instant> {
  // A part of them, due another day, shows how long it takes to arm all.
  const begun = performance.now();
  const part = later(Math.ceil((count + others) / 20));
  await engine.armPages(stage, part);
  await engine.armOrdinary(stage, part);
  const msEach = (performance.now() - begun) / part.length;

  const at = Math.ceil(Date.now() + 20_000 + msEach * (count + others));
  const moments = (length: number): number[] => Array.from({ length }, () => at);
  const pages = await engine.armPages(stage, moments(count));
  const ordinary = await engine.armOrdinary(stage, moments(others));
  if (Date.now() > at) throw new Error('the machine is too busy to arm all before the instant');
  await sleep(at - Date.now());
  const { arrivedAt } = stage.hooks;
  const pids = { worker, Temporal: stage.temporalPid, PostgreSQL: stage.postgresPid };
  const cpu = () => Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)] as const);
  const used = new Map(cpu());
  await until('the last message', COME_WITHIN_MS, () =>
    Promise.resolve([...pages, ...ordinary].every((subject) => arrivedAt(subject) !== undefined)),
  );
  const after = (subjects: readonly string[]): number[] =>
    subjects.map((subject) => (arrivedAt(subject) ?? Number.NaN) - at);
  const cpuMs = cpu().map(([name, seconds]) => {
    const spent = (seconds - (used.get(name) ?? 0)) * 1000;
    return [name, spent / (pages.length + ordinary.length)] as const;
  });
  return { pages: after(pages), ordinary: after(ordinary), cpuMs: Object.fromEntries(cpuMs) };
}

/** Steps of a thousand running escalations at one instant, and a quarter as many ordinary messages. */
export const instant: Row = {
  name: 'instant',
  about: 'steps of escalations and ordinary messages, all due at one instant',
  async run(stage, { burst }) {
    const count = { pages: burst, ordinary: Math.ceil(burst / 4) };
    await stage.worker(false);
    const base = await measure(stage, bare, await stage.bareWorker(true), count);
    await stage.bareWorker(false);
    const figures = await measure(stage, ours, await stage.worker(true), count);
    const last = Math.max(...figures.pages);
    const quarter = percentile(figures.ordinary, 0.25);
    const bareCpu = Object.entries(base.cpuMs).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
    const over = `${count.pages} pages and ${count.ordinary} ordinary messages, once; CPU ms of each bare one: ${bareCpu.join(' ')}`;
    const line = (what: string, pick: (of: Instant) => number): Line => ({
      what,
      unit: 'ms',
      value: pick(figures),
      bares: [{ what: 'bare workflows', value: pick(base), ratio: pick(figures) / pick(base) }],
      over,
    });
    return [
      {
        ...line('one instant → webhook, last page', ({ pages }) => Math.max(...pages)),
        p50: percentile(figures.pages, 0.5),
        p99: percentile(figures.pages, 0.99),
        max: last,
        cpuMs: figures.cpuMs,
        target: { text: `≤ ${WITHIN_MS}`, met: last <= WITHIN_MS },
      },
      {
        ...line('a quarter of the ordinary messages', ({ ordinary }) => percentile(ordinary, 0.25)),
        target: { text: 'after the last page', met: quarter >= last },
      },
      line('the last ordinary message', ({ ordinary }) => Math.max(...ordinary)),
    ];
  },
};
