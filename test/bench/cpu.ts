import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly seconds: number;
}

/** proc(5): the fields after the command, which may hold spaces and brackets. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      parent: Number(parent),
      seconds: (Number(rest[9]) + Number(rest[10])) / TICKS_PER_SECOND,
    };
  } catch {
    return undefined;
  }
}

/** CPU seconds that a process and its children have used; 0 where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const own = statOf(pid);
  if (own === undefined) return 0;
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return others
    .map((name) => statOf(Number(name)))
    .reduce((sum, stat) => sum + (stat?.parent === pid ? stat.seconds : 0), own.seconds);
}
