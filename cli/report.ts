import type { Command } from 'commander';
import type { OnCallReportView, ReportView } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { duration, local } from './times.ts';

type Line = ReportView['total'];

/** `12 (1 h 5 min, 3 d)`: how many, the median, the 90th percentile. */
function spread(count: number, median: number | null, p90: number | null): string {
  return median === null || p90 === null
    ? String(count)
    : `${count} (${duration(median)}, ${duration(p90)})`;
}

/** `95 % of 40`, and with corrections when they change it. */
function level({ noted, corrected }: Line['resolve']): string {
  const share = ({ kept, missed }: Line['resolve']['noted']): string =>
    kept + missed === 0
      ? '–'
      : `${Math.floor((100 * kept) / (kept + missed))} % of ${kept + missed}`;
  return share(noted) === share(corrected)
    ? share(noted)
    : `${share(noted)}; corrected ${share(corrected)}`;
}

function cells(name: string, line: Line): string[] {
  const { backlog, acknowledge, restore } = line;
  return [
    clean(name),
    spread(backlog.count, backlog.medianAgeMs, backlog.p90AgeMs),
    backlog.oldestAgeMs === null ? '–' : duration(backlog.oldestAgeMs),
    String(line.opened),
    String(line.resolved),
    level(line.respond),
    level(line.resolve),
    spread(acknowledge.count, acknowledge.medianMs, acknowledge.p90Ms),
    spread(restore.count, restore.medianMs, restore.p90Ms),
    String(line.reopens),
    String(line.reassignments),
  ];
}

function reportTable(report: ReportView): string {
  const head = [
    ...[report.by === 'none' ? '' : report.by.toUpperCase(), 'OPEN NOW', 'OLDEST', 'OPENED'],
    ...['RESOLVED', 'RESPOND KEPT', 'RESOLVE KEPT', 'ACKNOWLEDGED', 'RESTORED', 'REOPENS', 'MOVES'],
  ];
  const rows = report.groups.map((group) => cells(group.group, group));
  return table(head, [...rows, cells('total', report.total)]);
}

function onCallCells(name: string, line: OnCallReportView['total']): string[] {
  const { acknowledge } = line;
  return [
    clean(name),
    ...[line.pages, line.pagesPerWeek, line.nightPages, line.weekendPages].map(String),
    spread(acknowledge.count, acknowledge.medianMs, acknowledge.p90Ms),
    ...[line.answeredByOthers, line.unanswered].map(String),
  ];
}

function onCallTable({ people, total }: OnCallReportView): string {
  const head = [
    ...['PERSON', 'PAGES', 'A WEEK', 'AT NIGHT', 'WEEKEND'],
    ...['ACKNOWLEDGED', 'BY OTHERS', 'UNANSWERED'],
  ];
  const rows = people.map((line) => onCallCells(line.person, line));
  return table(head, [...rows, onCallCells('total', total)]);
}

/**
 * A report over a period: as CSV with --csv.
 * @param parameters of its question beside the period, which are options too
 * @param tableOf takes what the path gives
 */
function addOne(
  made: Command,
  terminal: Terminal,
  path: string,
  parameters: readonly string[],
  tableOf: (report: never) => string,
): void {
  made
    .option('--from <date>', 'a date (UTC) or a moment (default: 30 days before the end)')
    .option('--to <date>', 'its end, which is not part of it (default: now)')
    .option('--csv', 'write CSV')
    .action(async (options: Record<string, unknown>, command: Command) => {
      const query = new URLSearchParams();
      for (const name of ['from', 'to', ...parameters]) {
        const value = options[name];
        if (typeof value === 'string') query.set(name, value);
      }
      const client = clientOf(command, terminal);
      if (options['csv'] === true) {
        query.set('format', 'csv');
        terminal.out((await client.bytes(`${path}?${query.toString()}`)).toString('utf8'));
        return;
      }
      const answer = (await client.get(`${path}?${query.toString()}`)) as {
        from: string;
        to: string;
      };
      print(
        command,
        terminal,
        answer,
        () => `From ${local(answer.from)} to ${local(answer.to)}\n\n${tableOf(answer as never)}`,
      );
    });
}

/** `provisor report …`. */
export function addReport(program: Command, terminal: Terminal): void {
  const report = program.command('report').description('how it went');
  const incidents = report
    .command('incidents')
    .description('backlog, levels kept, times (median, 90th percentile) of incidents')
    .option('--by <what>', 'team, service, priority or none');
  addOne(incidents, terminal, '/api/v1/reports/incidents', ['by'], reportTable);
  const onCall = report
    .command('on-call')
    .description('pages a person, at night and at weekends, times to acknowledge')
    .option('--time-zone <zone>', 'what says when it is night (default: UTC)');
  addOne(onCall, terminal, '/api/v1/reports/on-call', ['timeZone'], onCallTable);
}
