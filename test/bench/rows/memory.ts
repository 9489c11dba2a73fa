import { setTimeout as sleep } from 'node:timers/promises';
import { residentMegabytes } from '../memory.ts';
import { armBare, armRecords, later } from '../pending.ts';
import type { Line } from '../report.ts';
import type { Stage } from '../stage.ts';
import { bareBurst, ourBurst } from './burst.ts';
import type { Row } from './row.ts';

/** What was allocated last is garbage for a moment. */
const SETTLE_MS = 5_000;

type Sizes = ReadonlyMap<string, number>;

/** Sizes in MB of these processes, by name, once they are quiet. */
async function sizes(processes: Readonly<Record<string, number>>): Promise<Sizes> {
  await sleep(SETTLE_MS);
  return new Map(
    Object.entries(processes).map(([name, pid]) => [name, residentMegabytes(pid)] as const),
  );
}

/** Sizes at start, with pending records, and after a burst. */
async function measure(
  processes: Readonly<Record<string, number>>,
  arm: () => Promise<unknown>,
  burst: () => Promise<unknown>,
): Promise<readonly Sizes[]> {
  const idle = await sizes(processes);
  await arm();
  const pending = await sizes(processes);
  await burst();
  return [idle, pending, await sizes(processes)];
}

async function bareWorkerSizes(stage: Stage, pending: number, burst: number) {
  const processes = { worker: await stage.bareWorker(true), API: stage.bare.pid };
  const measured = await measure(
    processes,
    () => armBare(stage, later(pending)),
    () => bareBurst(stage, burst),
  );
  await stage.bareWorker(false);
  return measured;
}

function sum(of: Sizes): number {
  return [...of.values()].reduce((total, size) => total + size, 0);
}

/** How much memory the processes hold: it comes first, while all of them are fresh. */
export const memory: Row = {
  name: 'memory',
  about: 'resident memory of each process',
  async run(stage, { pending, burst }) {
    const processes = {
      API: stage.api.pid,
      worker: await stage.worker(true),
      Temporal: stage.temporalPid,
      PostgreSQL: stage.postgresPid,
    };
    const ours = await measure(
      processes,
      () => armRecords(stage, later(pending)),
      () => ourBurst(stage, burst),
    );
    await stage.worker(false);
    const bare = await bareWorkerSizes(stage, pending, burst);
    const moments = ['idle', `${pending} pending`, `after a burst of ${burst}`];
    return moments.flatMap((moment, index): Line[] => {
      const of: Sizes = ours[index] ?? new Map();
      const lines = [...of].map(([name, value]): Line => {
        const size = bare[index]?.get(name);
        return {
          what: `${name}, ${moment}`,
          unit: 'MB',
          value,
          ...(size === undefined
            ? {}
            : { bares: [{ what: `bare ${name}`, value: size, ratio: value / size }] }),
          over: 'PSS of its processes, once',
        };
      });
      return [
        ...lines,
        { what: `together, ${moment}`, unit: 'MB', value: sum(of), over: 'their sum' },
      ];
    });
  },
};
