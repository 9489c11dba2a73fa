import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import type { ScheduleView, ShiftsView } from '../api/contract.ts';
import type { Client } from './client.ts';
import { clientOf, globals, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { addScheduleCalendar } from './scheduleCalendar.ts';
import { agree, momentQuery, SCHEDULES, scheduleUrl, show, showList } from './scheduleContext.ts';
import {
  aheadLines,
  fairnessTable,
  onCallLines,
  scheduleFacts,
  scheduleTable,
  shiftLines,
  versionTable,
} from './scheduleLines.ts';
import { addScheduleOverride } from './scheduleOverride.ts';
import { addScheduleSwap } from './scheduleSwap.ts';
import type { Terminal } from './terminal.ts';

interface Window {
  readonly from?: string;
  readonly to?: string;
}

interface FairnessOptions extends Window {
  readonly calendar?: string;
}

function fairnessQuery({ calendar, ...window }: FairnessOptions): string {
  const query = new URLSearchParams(momentQuery({ ...window }));
  if (calendar !== undefined) query.set('calendar', calendar);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

interface YesOption {
  readonly yes?: boolean;
}

function readDefinition(file: string): object {
  let data: unknown;
  try {
    data = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  throw new Failure(`${file} is no schedule: write its fields as YAML or JSON`, exitCodes.usage);
}

async function known(client: Client, id: string): Promise<ScheduleView | undefined> {
  try {
    return (await client.get(scheduleUrl(id))) as ScheduleView;
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.notFound) return undefined;
    throw error;
  }
}

/** Makes the schedule, or changes it as it is now. */
async function apply(
  id: string,
  file: string,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const client = clientOf(command, terminal);
  const definition = readDefinition(file);
  const before = await known(client, id);
  const applied = (
    before === undefined
      ? await client.post(SCHEDULES, { id, ...definition })
      : await client.put(scheduleUrl(id), definition, { ifMatch: `"${before.version}"` })
  ) as ScheduleView;
  print(command, terminal, applied, () =>
    before?.version === applied.version
      ? `${id} stands so already, as version ${applied.version}.\n`
      : `${id} is at version ${applied.version}.\n`,
  );
}

async function describe(id: string, command: Command, terminal: Terminal): Promise<void> {
  const client = clientOf(command, terminal);
  const schedule = (await client.get(scheduleUrl(id))) as ScheduleView;
  print(command, terminal, schedule, () => stringify(schedule.definition));
  if (globals(command).json === true) return;
  const ahead = (await client.get(scheduleUrl(id, '/shifts'))) as ShiftsView;
  terminal.err(`${scheduleFacts(schedule)}${aheadLines(ahead)}`);
}

async function remove(
  id: string,
  yes: boolean,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const client = clientOf(command, terminal);
  await agree(command, terminal, `Delete ${id} with its overrides, swaps and feeds?`, yes);
  const deleted = await client.delete(scheduleUrl(id));
  print(command, terminal, deleted, () => `${id} is deleted.\n`);
}

/** `provisor schedule …`: who is on call when. */
export function addSchedule(program: Command, terminal: Terminal): void {
  const schedule = program
    .command('schedule')
    .description('on-call schedules: who is on call when');
  schedule
    .command('list')
    .description('all schedules, with who is on call now')
    .action((_options: unknown, command: Command) =>
      showList(command, terminal, SCHEDULES, scheduleTable),
    );
  schedule
    .command('show <id>')
    .description('write a schedule as YAML; tells of gaps and overlaps in the coming 28 days')
    .action((id: string, _options: unknown, command: Command) => describe(id, command, terminal));
  schedule
    .command('apply <id> <file>')
    .description('make or change a schedule by a file (YAML or JSON)')
    .action((id: string, file: string, _options: unknown, command: Command) =>
      apply(id, file, command, terminal),
    );
  schedule
    .command('delete <id>')
    .description('delete a schedule that no policy in force names')
    .option('-y, --yes', 'delete it without asking')
    .action((id: string, { yes = false }: YesOption, command: Command) =>
      remove(id, yes, command, terminal),
    );
  schedule
    .command('versions <id>')
    .description('who changed it when, the newest first; also of one that was deleted')
    .action((id: string, _options: unknown, command: Command) =>
      showList(command, terminal, scheduleUrl(id, '/versions'), versionTable),
    );
  schedule
    .command('on-call <id>')
    .description('who is on call, and why')
    .option('--at <time>', 'default: now')
    .action((id: string, { at }: { at?: string }, command: Command) =>
      show(command, terminal, scheduleUrl(id, `/on-call${momentQuery({ at })}`), onCallLines),
    );
  schedule
    .command('shifts <id>')
    .description('shifts with gaps and overlaps, of 28 days unless told otherwise')
    .option('--from <time>', 'default: now')
    .option('--to <time>', 'at most 180 days later')
    .action((id: string, { from, to }: Window, command: Command) =>
      show(command, terminal, scheduleUrl(id, `/shifts${momentQuery({ from, to })}`), shiftLines),
    );
  schedule
    .command('fairness <id>')
    .description('nights and weekends a person, of 90 days unless told otherwise')
    .option('--from <time>', 'default: now')
    .option('--to <time>', 'at most 366 days later')
    .option('--calendar <name>', 'of the policy: whose holidays are counted')
    .action((id: string, options: FairnessOptions, command: Command) =>
      show(command, terminal, scheduleUrl(id, `/fairness${fairnessQuery(options)}`), fairnessTable),
    );
  addScheduleOverride(schedule, terminal);
  addScheduleSwap(schedule, terminal);
  addScheduleCalendar(schedule, terminal);
}
