import Table from 'cli-table3';
import type {
  ClockView,
  CommandView,
  ExplanationList,
  KeyView,
  RecordView,
  TimelineEntry,
} from '../api/contract.ts';
import { clean, red } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local, remaining } from './times.ts';

const borderless = Object.fromEntries(
  [
    ...[
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
    ],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

/** Rows under their heads, two spaces apart, without borders; nothing when there are none. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const made = new Table({
    head: [...head],
    chars: { ...borderless, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  made.push(...rows.map((row) => [...row]));
  const lines = made.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return clean(typeof value === 'string' ? value : JSON.stringify(value));
}

function clockText(terminal: Terminal, clock: ClockView, now: number): string {
  const missed = clock.breachedAt === null ? '' : `, ${red(terminal, 'missed')}`;
  if (clock.state === 'stopped') return `stopped${missed}`;
  if (clock.state === 'paused') return `paused${missed}`;
  if (clock.dueAt === null) return `running${missed}`;
  const left = remaining(clock.dueAt, now);
  return Date.parse(clock.dueAt) < now ? red(terminal, left) : `${left}${missed}`;
}

/** The clock that ends next: what has to happen first. */
function nextDue(terminal: Terminal, record: RecordView, now: number): string {
  const running = Object.entries(record.clocks)
    .flatMap(([name, clock]) =>
      clock.state === 'running' && clock.dueAt !== null
        ? [{ name, clock, dueAt: clock.dueAt }]
        : [],
    )
    .sort((a, b) => a.dueAt.localeCompare(b.dueAt));
  const next = running[0];
  return next === undefined ? '–' : `${next.name} ${clockText(terminal, next.clock, now)}`;
}

export function recordTable(
  terminal: Terminal,
  records: readonly RecordView[],
  now: number,
): string {
  const rows = records.map((record) => [
    record.number,
    text(record['priority']),
    record.state,
    text(record['title']),
    text(record['service']),
    text(record['team']),
    text(record['assignee']),
    local(record.openedAt),
    nextDue(terminal, record, now),
  ]);
  return table(
    ['NUMBER', 'PRIO', 'STATE', 'TITLE', 'SERVICE', 'TEAM', 'ASSIGNEE', 'OPENED', 'NEXT DUE'],
    rows,
  );
}

const shownApart = new Set([
  'number',
  'process',
  'state',
  'clocks',
  'seq',
  'version',
  'policy',
  'title',
]);

function fieldText(name: string, value: unknown): string {
  return name.endsWith('At') && typeof value === 'string' ? local(value) : text(value);
}

/** One record: what is set, and its clocks with local times and what remains. */
export function recordDetails(terminal: Terminal, record: RecordView, now: number): string {
  const title = record['title'] === undefined ? '' : `  ${text(record['title'])}`;
  const fields = Object.entries(record)
    .filter(([name, value]) => !shownApart.has(name) && value !== null)
    .map(([name, value]) => [name, fieldText(name, value)]);
  const clocks = Object.entries(record.clocks).map(([name, clock]) => [
    name,
    clockText(terminal, clock, now),
    clock.dueAt === null ? '–' : local(clock.dueAt),
    `${clock.target} on ${clock.calendar}`,
  ]);
  const parts = [`${record.number}  ${record.state}${title}\n`, table([], fields)];
  if (clocks.length > 0) parts.push(table(['CLOCK', 'LEFT', 'DUE', 'TARGET'], clocks));
  return parts.join('\n');
}

export function timelineLines(entries: readonly TimelineEntry[]): string {
  return entries.map(({ at, summary }) => `${local(at)}  ${clean(summary)}\n`).join('');
}

export function explanationLines({ items }: ExplanationList): string {
  return items
    .map(
      ({ at, sentence, current }) =>
        `${local(at)}  ${clean(sentence)}${current ? '' : '  (decided anew since)'}\n`,
    )
    .join('');
}

export function commandLines(commands: readonly CommandView[]): string {
  return table(
    [],
    commands.map(({ name, does }) => [name, clean(does)]),
  );
}

export function keyTable(keys: readonly KeyView[]): string {
  const rows = keys.map(({ id, kind, holder, roles, organisation, createdAt, revokedAt }) => [
    ...[id, kind, clean(holder), roles.join(', '), organisation, local(createdAt)],
    revokedAt === null ? '' : `revoked ${local(revokedAt)}`,
  ]);
  return table(['ID', 'KIND', 'HOLDER', 'ROLES', 'ORGANISATION', 'CREATED', ''], rows);
}
