import { readFileSync } from 'node:fs';
import { processTree } from './processTree.ts';

/** proc_pid_smaps(5): the proportional set size, in which a page that N processes share counts 1/N for each. 0 for one that has just ended. */
function pssKilobytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss: +(\d+) kB$/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The resident memory of a process and its descendants in MB. @throws Error where the system does not tell: only Linux does */
export function residentMegabytes(pid: number): number {
  const kilobytes = processTree(pid).reduce((sum, one) => sum + pssKilobytes(one.pid), 0);
  if (kilobytes === 0) {
    throw new Error(`/proc/${pid}/smaps_rollup cannot be read: memory is measured on Linux only`);
  }
  return kilobytes / 1024;
}
