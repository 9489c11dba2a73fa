import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from './statistics.ts';

/** The engine's own figure, without Provisor. `ratio`: ours by it. */
export interface Bare {
  readonly what: string;
  readonly value: number;
  readonly p99?: number | undefined;
  readonly ratio: number;
}

/** One line of the table: a figure, the bare engine's in the same run, and what they were measured over. */
export interface Line {
  readonly what: string;
  readonly unit: '/s' | 'ms' | 'MB';
  readonly value: number;
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
  readonly max?: number | undefined;
  readonly cpuMs?: Sample['cpuMs'];
  /** The one that the target is about comes first. */
  readonly bares?: readonly Bare[];
  /** Count, callers, seconds, repetitions. */
  readonly over: string;
  readonly target?: { readonly text: string; readonly met: boolean } | undefined;
}

export interface RowResult {
  readonly row: string;
  readonly seconds: number;
  /** The machine's load average (1 minute) before and after; the run itself is part of it. */
  readonly load: readonly [number, number];
  /** The share of the CPUs that was busy before and after, while the run only waited: what others took. */
  readonly others: readonly [number, number];
  readonly lines: readonly Line[];
}

export const loadNow = (): number => loadavg()[0] ?? Number.NaN;

const LISTEN_MS = 2_000;

/** The share of all CPUs that is busy while nothing is asked of ours, 0 to 1. */
export async function busyShare(): Promise<number> {
  const times = () => {
    const all = cpus().map((cpu) => cpu.times);
    const idle = all.reduce((sum, one) => sum + one.idle, 0);
    const total = all.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.irq, idle);
    return { idle, total };
  };
  const before = times();
  await sleep(LISTEN_MS);
  const after = times();
  return 1 - (after.idle - before.idle) / (after.total - before.total);
}

function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (value < 10) return value.toFixed(2).replace(/\.?0+$/, '');
  return value < 100 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(0);
}

function cells(line: Line): string[] {
  const cpu = Object.entries(line.cpuMs ?? {}).map(([part, ms]) => `${part} ${ms.toFixed(1)}`);
  const { bares = [], target } = line;
  return [
    line.what,
    `${number(line.value)} ${line.unit}`,
    number(line.p50),
    number(line.p99),
    number(line.max),
    bares.map(({ value, what }) => `${number(value)} ${line.unit} ${what}`).join(', '),
    bares.map(({ p99 }) => number(p99)).join(', '),
    bares.map(({ ratio }) => number(ratio)).join(', '),
    cpu.join(' '),
    target === undefined ? '' : `${target.text} ${target.met ? 'ok' : 'MISSED'}`,
    line.over,
  ];
}

const head = [
  ...['what', 'figure', 'p50 ms', 'p99 ms', 'max ms', 'bare', 'bare p99', 'ratio', 'CPU ms each'],
  ...['target', 'over'],
];

/** The lines of all rows as a Markdown table. */
export function table(results: readonly RowResult[]): string {
  const rows = [head, ...results.flatMap(({ lines }) => lines.map(cells))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  text.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return text.join('\n');
}
