import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CreatedFeedView, FeedView, ImportPreviewView } from '../api/contract.ts';
import type { Client } from './client.ts';
import { clientOf, globals, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { agree, scheduleUrl, showList } from './scheduleContext.ts';
import { feedTable, importText } from './scheduleLines.ts';
import type { Terminal } from './terminal.ts';

interface ImportOptions {
  readonly check?: boolean;
  readonly yes?: boolean;
}

/** Sends a calendar to a path: a file as it is, or the address of one. */
function sender(client: Client, from: string): (path: string) => Promise<ImportPreviewView> {
  if (/^(https?|webcals?):\/\//i.test(from)) {
    return async (path) => (await client.post(path, { url: from })) as ImportPreviewView;
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(from));
  } catch (error) {
    throw new Failure(`${from} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
  const file = { bytes, mediaType: 'text/calendar' };
  return async (path) => (await client.upload(path, file)) as ImportPreviewView;
}

async function importCalendar(
  id: string,
  from: string,
  { check = false, yes = false }: ImportOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const send = sender(clientOf(command, terminal), from);
  const preview = await send(scheduleUrl(id, '/imports/check'));
  if (check) {
    print(command, terminal, preview, () => importText(preview));
    return;
  }
  terminal.err(importText(preview));
  await agree(command, terminal, `Import it into ${id}?`, yes);
  const imported = await send(scheduleUrl(id, '/imports'));
  print(command, terminal, imported, () => `${imported.total} shifts are imported.\n`);
}

interface FeedOptions {
  readonly person?: string;
}

function feedPath(schedule: string | undefined, { person }: FeedOptions): string {
  if (schedule !== undefined && person === undefined) return scheduleUrl(schedule, '/feeds');
  if (person !== undefined && schedule === undefined) {
    return `/api/v1/people/${encodeURIComponent(person)}/feeds`;
  }
  throw new Failure('Name either a schedule or a --person.', exitCodes.usage);
}

function addFeed(schedule: Command, terminal: Terminal): void {
  const feed = schedule.command('feed').description('addresses at which calendars subscribe');
  feed
    .command('create [id]')
    .description('make one; its address is written to stdout, this once')
    .option('--person <person>', "a person's shifts of all schedules")
    .action(async (id: string | undefined, options: FeedOptions, command: Command) => {
      const path = feedPath(id, options);
      const made = (await clientOf(command, terminal).post(path, {})) as CreatedFeedView;
      print(command, terminal, made, () => `${made.url ?? ''}\n`);
      if (globals(command).json === true) return;
      terminal.err(`Feed ${made.id}. Whoever has the address can read: it is shown only now.\n`);
    });
  feed
    .command('list [id]')
    .description('all feeds, without their addresses')
    .option('--person <person>', "a person's")
    .action((id: string | undefined, options: FeedOptions, command: Command) =>
      showList(command, terminal, feedPath(id, options), feedTable),
    );
  feed
    .command('revoke <feed>')
    .description('end one for good')
    .action(async (id: string, _options: unknown, command: Command) => {
      const path = `/api/v1/feeds/${encodeURIComponent(id)}`;
      const revoked = (await clientOf(command, terminal).delete(path)) as FeedView;
      print(command, terminal, revoked, () => feedTable([revoked]));
    });
}

/** `provisor schedule import`, `provisor schedule feed …`: calendars that come in and go out. */
export function addScheduleCalendar(schedule: Command, terminal: Terminal): void {
  schedule
    .command('import <id> <calendar>')
    .description('say what a calendar (a file or an address) would bring, ask, and take its shifts')
    .option('--check', 'only say what it would bring')
    .option('-y, --yes', 'take them without asking')
    .action((id: string, from: string, options: ImportOptions, command: Command) =>
      importCalendar(id, from, options, command, terminal),
    );
  schedule
    .command('remove-import <id>')
    .description('take the imported calendar off a schedule')
    .action(async (id: string, _options: unknown, command: Command) => {
      const path = scheduleUrl(id, '/imports');
      const removed = await clientOf(command, terminal).delete(path);
      print(command, terminal, removed, () => `The calendar of ${id} is taken off.\n`);
    });
  addFeed(schedule, terminal);
}
