import { setTimeout as sleep } from 'node:timers/promises';
import { processTree } from './processTree.ts';

const TICKS_PER_SECOND = 100;

/** CPU seconds that a process and its descendants have used; 0 where there is no /proc. */
export function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

/** CPU milliseconds that each of these processes, with its descendants, uses from a moment (epoch milliseconds) on for so long. */
export async function cpuMsDuring(
  pids: Readonly<Record<string, number>>,
  from: number,
  forMs: number,
): Promise<Readonly<Record<string, number>>> {
  const used = () => Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)] as const);
  await sleep(from - Date.now());
  const before = new Map(used());
  await sleep(forMs);
  return Object.fromEntries(
    used().map(([name, seconds]) => [name, (seconds - (before.get(name) ?? 0)) * 1000]),
  );
}
