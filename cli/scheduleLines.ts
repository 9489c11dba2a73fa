import type {
  CalendarView,
  FairnessView,
  FeedView,
  ImportPreviewView,
  OnCallView,
  OverrideView,
  ScheduleSummary,
  ScheduleVersionView,
  ScheduleView,
  ShiftsView,
  SwapView,
} from '../api/contract.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import { duration, local } from './times.ts';

type Source = ShiftsView['shifts'][number]['source'];
type Stretch = ShiftsView['gaps'][number];
type Outlook = Pick<OnCallView, 'onCall' | 'nextHandOver' | 'nextGap'>;

function why(source: Source): string {
  if (source.kind === 'override') return `override ${source.id}`;
  if (source.kind === 'calendar') return `calendar event ${source.uid}`;
  const place = source.temporary === null ? source.name : `${source.temporary}, ${source.name}`;
  return `${place}, turn ${source.turn}`;
}

const stretch = ({ from, to }: Stretch): string => `${local(from)} to ${local(to)}`;

/** Who is on call, then the next hand-over and the next gap. */
function outlookCells({ onCall, nextHandOver, nextGap }: Outlook): string[] {
  const names = onCall.map(({ name }) => name).join(', ');
  const coming = nextHandOver?.coming.join(', ') ?? '';
  return [
    names === '' ? 'nobody' : clean(names),
    nextHandOver === null ? '–' : `${local(nextHandOver.at)} ${clean(coming || 'nobody')}`,
    nextGap === null ? '–' : local(nextGap.from),
  ];
}

function calendarState(calendar: CalendarView | null): string {
  if (calendar === null) return '–';
  const { from, failingSince } = calendar;
  return failingSince === null ? from : `${from}, failing since ${local(failingSince)}`;
}

const MAKE_ONE = `There is no schedule yet. Write one to a file, say desk.yaml:

  name: Service desk
  timeZone: Europe/Berlin
  layers:
    - name: primary
      rotation: { kind: weekly, weekday: monday, handOver: '09:00' }
      start: 2026-01-05
      people: [ann, bob]

and apply it: provisor schedule apply desk desk.yaml
docs/on-call.md says what else a schedule can do, and how to import a calendar.
`;

export function scheduleTable(items: readonly ScheduleSummary[]): string {
  if (items.length === 0) return MAKE_ONE;
  const rows = items.map((item) => [
    ...[item.id, clean(item.name), ...outlookCells(item), calendarState(item.calendar)],
  ]);
  return table(['ID', 'NAME', 'ON CALL', 'NEXT', 'NEXT GAP', 'CALENDAR'], rows);
}

export function onCallTable(items: readonly OnCallView[]): string {
  if (items.length === 0) return 'Nobody: "provisor schedule list" tells what there is.\n';
  const rows = items.map((item) => [item.schedule, clean(item.name), ...outlookCells(item)]);
  return table(['SCHEDULE', 'NAME', 'ON CALL', 'NEXT', 'NEXT GAP'], rows);
}

/** Who is on call in one schedule, and why. */
export function onCallLines(view: OnCallView): string {
  const [, next, gap] = outlookCells(view);
  const people = view.onCall.map(
    ({ person, name, source }) => `${clean(name)} (${person}): ${clean(why(source))}`,
  );
  const lines = people.length > 0 ? people : ['Nobody is on call.'];
  return `${[...lines, `Next: ${next ?? '–'}`, `Next gap: ${gap ?? '–'}`].join('\n')}\n`;
}

/** When nobody, or more than one, is on call. */
function uncommon({ gaps, overlaps }: ShiftsView): string[] {
  return [
    ...gaps.map((gap) => `Nobody: ${stretch(gap)}`),
    ...overlaps.map((overlap) => `Several: ${stretch(overlap)}, ${overlap.people.join(', ')}`),
  ];
}

/** As many as are told beside a schedule. */
const MOST_AHEAD = 6;

/** The first times ahead at which nobody, or more than one, is on call. */
export function aheadLines(view: ShiftsView): string {
  const lines = uncommon(view);
  const more = lines.length - MOST_AHEAD;
  const told = [
    ...lines.slice(0, MOST_AHEAD),
    ...(more > 0 ? [`and ${more} more: provisor schedule shifts ${view.schedule}`] : []),
  ];
  return told.map((line) => `${line}\n`).join('');
}

/** The shifts, and under them when nobody, or more than one, is on call. */
export function shiftLines(view: ShiftsView): string {
  const rows = view.shifts.map(({ person, from, to, source }) => [
    ...[local(from), local(to), person, clean(why(source))],
  ]);
  const lines = uncommon(view).map((line) => `${line}\n`);
  return table(['FROM', 'TO', 'PERSON', 'WHY'], rows) + lines.join('');
}

export function fairnessTable({ people }: FairnessView): string {
  const rows = people.map(({ person, shifts, ms, nights, weekends, holidays }) => [
    ...[person, String(shifts), duration(ms)],
    ...[nights, weekends, holidays].map(({ count, ms: time }) => `${count} (${duration(time)})`),
  ]);
  return table(['PERSON', 'SHIFTS', 'TIME', 'NIGHTS', 'WEEKENDS', 'HOLIDAYS'], rows);
}

function failureLines(calendar: CalendarView | null): string[] {
  const since = calendar?.failingSince ?? null;
  if (since === null) return [];
  return [`It fails since ${local(since)}: ${clean(calendar?.lastError ?? '')}`];
}

/** What is known of a schedule beside its definition. */
export function scheduleFacts({
  id,
  version,
  updatedAt,
  updatedBy,
  calendar,
  warnings,
}: ScheduleView): string {
  const lines = [
    `Schedule ${id}, version ${version}, changed ${local(updatedAt)} by ${clean(updatedBy)}.`,
    ...(calendar === null
      ? []
      : [`Calendar from ${calendar.from}, read ${local(calendar.readAt)}.`]),
    ...failureLines(calendar),
    ...warnings.map(({ pointer, detail }) => `Warning: ${clean(`${pointer}: ${detail}`)}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function versionTable(items: readonly ScheduleVersionView[]): string {
  const rows = items.map(({ version, at, by, definition, calendar }) => [
    ...[String(version), local(at), clean(by)],
    definition === null ? 'deleted' : (calendar ?? ''),
  ]);
  return table(['VERSION', 'AT', 'BY', 'CALENDAR'], rows);
}

export function overrideTable(items: readonly OverrideView[]): string {
  if (items.length === 0) return 'No override stands or comes.\n';
  const rows = items.map(({ id, kind, person, insteadOf, from, to, madeBy, withdrawnAt }) => [
    ...[id, kind, insteadOf === null ? person : `${person} for ${insteadOf}`],
    ...[local(from), local(to), clean(madeBy), withdrawnAt === null ? '' : 'withdrawn'],
  ]);
  return table(['ID', 'KIND', 'WHO', 'FROM', 'TO', 'BY', ''], rows);
}

/** When nobody is on call. */
export function gapLines(gaps: readonly Stretch[]): string {
  return gaps.map((gap) => `Nobody is on call ${stretch(gap)}.\n`).join('');
}

export function swapTable(items: readonly SwapView[]): string {
  if (items.length === 0) return 'Nobody has asked for a swap.\n';
  const rows = items.map(({ id, state, by, to, gives, takes, allowed }) => [
    ...[id, state, by, to],
    ...[gives, takes].map((side) => side.map(stretch).join('; ') || '–'),
    allowed.join(', '),
  ]);
  return table(['ID', 'STATE', 'BY', 'TO', 'GIVES', 'TAKES', 'YOU MAY'], rows);
}

export function importText({ from, total, people, shifts, gaps }: ImportPreviewView): string {
  const counts = people.map(({ person, shifts: count }) => `${person} ${count}`).join(', ');
  const rows = shifts
    .slice(0, 10)
    .map(({ person, from: begins, to }) => [local(begins), local(to), person]);
  return [
    `${total} shifts from ${clean(from)}${counts === '' ? '' : `: ${counts}`}\n`,
    table(['FROM', 'TO', 'PERSON'], rows),
    gapLines(gaps),
  ].join('');
}

export function feedTable(items: readonly FeedView[]): string {
  if (items.length === 0)
    return 'There is no feed; make one with "provisor schedule feed create".\n';
  const rows = items.map(({ id, schedule, person, createdAt, createdBy, revokedAt }) => [
    ...[id, schedule ?? person ?? '', local(createdAt), clean(createdBy)],
    revokedAt === null ? '' : `revoked ${local(revokedAt)}`,
  ]);
  return table(['ID', 'OF', 'MADE', 'BY', ''], rows);
}
