import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** CPU time in the system's ticks. */
  readonly ticks: number;
}

/** proc(5): the fields after the command, which may hold spaces and brackets. */
function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), ticks: Number(rest[9]) + Number(rest[10]) };
  } catch {
    return undefined;
  }
}

/** A process and all that descend from it, as far as they live; empty where there is no /proc (Linux has one). */
export function processTree(pid: number): ProcessStat[] {
  const root = statOf(pid);
  if (root === undefined) return [];
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== undefined);
  const tree = [root];
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}
