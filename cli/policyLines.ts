import type {
  PolicyActivationView,
  PolicyPreviewView,
  ProblemIssue,
  StoredPolicyView,
} from '../api/contract.ts';
import { table } from './show.ts';
import { clean, counted } from './terminal.ts';
import { local } from './times.ts';

/** As many places and records as fit a screen; `--json` has more. */
const MOST_PLACES = 30;
const MOST_RECORDS = 20;

type Changes = PolicyPreviewView['changes'];
type RecordItem = Changes['records']['items'][number];

function value(of: unknown): string {
  const text = typeof of === 'string' ? of : JSON.stringify(of);
  return clean(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

function more(shown: number, total: number): string[] {
  return total > shown ? [`  and ${total - shown} more: see --json`] : [];
}

function placeLine({ kind, pointer, from, to }: Changes['policy']['items'][number]): string {
  const place = clean(pointer);
  if (kind === 'added') return `  added    ${place}: ${value(to)}`;
  if (kind === 'removed') return `  removed  ${place}: ${value(from)}`;
  return `  changed  ${place}: ${value(from)} → ${value(to)}`;
}

function placeLines({ total, items }: Changes['policy']): string[] {
  const shown = items.slice(0, MOST_PLACES);
  const head =
    total === 0 ? 'The policy itself: no change.' : `In the policy: ${counted(total, 'change')}.`;
  return [head, ...shown.map(placeLine), ...more(shown.length, total)];
}

function moment(iso: string | null): string {
  return iso === null ? 'none' : local(iso);
}

function recordLine(record: RecordItem): string {
  const { state, fields, deadlines, breaches, starts, ends } = record;
  const parts = [
    ...(state === null ? [] : [`${state.from} → ${state.to}`]),
    ...fields.map(({ field, from, to }) => `${field} ${value(from)} → ${value(to)}`),
    ...deadlines.map(({ clock, from, to }) => `${clock} ${moment(from)} → ${moment(to)}`),
    ...breaches.map((clock) => `${clock} missed at once`),
    ...starts.map((name) => `${name} begins`),
    ...ends.map((name) => `${name} ends`),
  ];
  return `  ${record.number}  ${parts.join('; ')}`;
}

/** The counts that are not zero, each with its words. */
function counts(entries: readonly (readonly [number, string])[]): string[] {
  return entries.filter(([count]) => count > 0).map(([count, words]) => `  ${count} ${words}`);
}

function recordLines(records: Changes['records']): string[] {
  const { open, examined, complete, changed, fields, deadlines, items, undecidedItems } = records;
  const partly = complete ? '' : ' (the time was up: the counts are of those looked at)';
  const shown = items.slice(0, MOST_RECORDS);
  return [
    `Open records: ${open}, looked at ${examined}${partly}, would change ${changed}.`,
    ...fields.map(
      ({ field, from, to, records: count }) =>
        `  ${count} with ${field} ${value(from)} → ${value(to)}`,
    ),
    ...deadlines.flatMap(({ clock, rule, earlier, later, added, removed }) =>
      counts([
        [earlier, `${clock} deadlines earlier by ${rule}`],
        [later, `${clock} deadlines later by ${rule}`],
        [added, `${clock} deadlines new by ${rule}`],
        [removed, `${clock} deadlines gone that were set by ${rule}`],
      ]),
    ),
    ...counts([
      [records.stateChanges, 'would change their state'],
      [records.breaches, 'targets would be missed at once'],
      [records.escalationsStarted, 'escalations would begin'],
      [records.escalationsEnded, 'escalations would end'],
      [records.notifications, 'messages would be sent'],
      [records.undecided, 'could not be decided and would stall:'],
    ]),
    ...undecidedItems
      .slice(0, MOST_RECORDS)
      .map((item) => `  ${item.number}  ${clean(item.reason)}`),
    ...shown.map(recordLine),
    ...more(shown.length, changed),
  ];
}

/** What a policy would change, for people. */
export function previewText({
  hash,
  inForce,
  changed,
  warnings,
  changes,
}: PolicyPreviewView): string {
  const doubts = warnings.map((warning) => `Warning: ${faultLine(warning)}`);
  if (!changed) return `${[`Policy ${hash} is in force already.`, ...doubts].join('\n')}\n`;
  const head = inForce === null ? '' : `, in place of ${inForce}`;
  const lines = [
    `Policy ${hash}${head}`,
    ...doubts,
    '',
    ...placeLines(changes.policy),
    '',
    ...recordLines(changes.records),
  ];
  return `${lines.join('\n')}\n`;
}

/** A fault by its place: the line of the file first, as an editor finds it. */
export function faultLine({ pointer = '', detail }: ProblemIssue): string {
  const [, line, rest = detail] = /^(line \d+): (.*)$/s.exec(detail) ?? [];
  const place = [line, pointer === '' ? undefined : pointer].filter((part) => part !== undefined);
  return clean(`${place.join(', ')}: ${rest}`);
}

export function policyFacts({
  hash,
  inForce,
  storedAt,
  storedBy,
  contacts,
  records,
}: StoredPolicyView): string {
  const { open, decidedByOthers } = records;
  const lines = [
    `Policy ${hash}${inForce ? ', in force' : ''}, stored ${local(storedAt)} by ${clean(storedBy)}.`,
    ...(inForce
      ? [`${decidedByOthers} of ${open} open records wait to be computed anew by it.`]
      : []),
    ...(contacts === 'hidden'
      ? [
          'Addresses of people are hidden from you, so this file cannot be applied: admins see them.',
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

export function activationTable(items: readonly PolicyActivationView[]): string {
  const rows = items.map(({ hash, activatedAt, activatedBy, inForce }) => [
    hash,
    local(activatedAt),
    clean(activatedBy),
    inForce ? 'in force' : '',
  ]);
  return table(['HASH', 'SINCE', 'BY', ''], rows);
}
