import { processTree } from './processTree.ts';

const TICKS_PER_SECOND = 100;

/** CPU seconds that a process and its descendants have used; 0 where there is no /proc. */
export function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}
