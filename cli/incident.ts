import { Option } from 'commander';
import type { Command } from 'commander';
import type {
  CommandView,
  ExplanationList,
  Page,
  RecordView,
  TimelineEntry,
} from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { showPage } from './lists.ts';
import type { Terminal } from './terminal.ts';
import { addAttachments } from './attachments.ts';
import { incidentCommands, openFlags } from './incidentCommands.ts';
import type { Flag } from './incidentCommands.ts';
import {
  commandLines,
  explanationLines,
  recordDetails,
  recordTable,
  timelineLines,
} from './show.ts';
import type { PostOptions } from './client.ts';

const BASE = '/api/v1/incidents';

function pathOf(number: string, rest = ''): string {
  return `${BASE}/${encodeURIComponent(number)}${rest}`;
}

/** `followUpAt` as it is typed: `follow-up-at`. */
function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function addFlags(command: Command, flags: readonly Flag[]): void {
  for (const { name, describe, required, kind } of flags) {
    const value = kind === 'switch' ? '' : ` <${kind ?? 'text'}>`;
    const option = new Option(`--${dashed(name)}${value}`, describe);
    if (required === true) option.makeOptionMandatory();
    if (kind === 'number') option.argParser(wholeNumber);
    command.addOption(option);
  }
}

/** Digits become a number; anything else is left for the server to refuse by name. */
function wholeNumber(value: string): number | string {
  return /^-?\d{1,9}$/.test(value) ? Number(value) : value;
}

/** The flags that were given, as the API's body. */
function bodyOf(
  flags: readonly Flag[],
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given = flags.filter(({ name }) => options[name] !== undefined);
  return Object.fromEntries(given.map(({ name }) => [name, options[name]]));
}

function addOpen(incident: Command, terminal: Terminal): void {
  const open = incident.command('open').description('open an incident');
  addFlags(open, openFlags);
  open.option(
    '--idempotency-key <key>',
    'the same key opens the same incident once (default: a new one)',
  );
  open.action(async (options: Record<string, unknown>, command: Command) => {
    await post(command, terminal, BASE, bodyOf(openFlags, options), options);
  });
}

function addList(incident: Command, terminal: Terminal): void {
  const filters = [
    'state',
    'priority',
    'service',
    'team',
    'assignee',
    'text',
    'sort',
    'limit',
    'cursor',
  ];
  const list = incident
    .command('list')
    .description('list incidents, the newest first')
    .option('--state <states>', 'with commas between')
    .option('--priority <numbers>', 'with commas between')
    .option('--service <names>', 'with commas between')
    .option('--team <names>', 'with commas between')
    .option('--assignee <names>', 'with commas between')
    .option('--text <part>', 'part of the title, the description or the external reference')
    .option('--open', 'only those that are not final')
    .option('--sort <field>', 'openedAt, updatedAt or priority; - before it for descending')
    .option('--limit <number>', 'how many at most, up to 200')
    .option('--cursor <cursor>', 'the page after');
  list.action(async (options: Record<string, unknown>, command: Command) => {
    const query = new URLSearchParams();
    for (const name of filters) {
      const value = options[name];
      if (typeof value === 'string') query.set(name, value);
    }
    if (options['open'] === true) query.set('open', 'true');
    const text = query.size === 0 ? '' : `?${query.toString()}`;
    await showPage(command, terminal, `${BASE}${text}`, {
      forPeople: ({ items }: Page<RecordView>) => recordTable(terminal, items, Date.now()),
      empty: 'Nothing matches: leave a filter out, or open one with "provisor incident open".',
    });
  });
}

/** A whole timeline, page after page. */
async function allEntries(
  get: (path: string) => Promise<unknown>,
  number: string,
): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const rest: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await get(pathOf(number, `/timeline?limit=200${rest}`))) as Page<TimelineEntry>;
    entries.push(...page.items);
    cursor = page.nextCursor;
  }
  return entries;
}

function addReads(incident: Command, terminal: Terminal): void {
  const read = (
    name: string,
    does: string,
    action: (number: string, command: Command) => Promise<void>,
  ): void => {
    incident
      .command(`${name} <number>`)
      .description(does)
      .action((number: string, _options: unknown, command: Command) => action(number, command));
  };
  read('show', 'show one incident', async (number, command) => {
    const record = (await clientOf(command, terminal).get(pathOf(number))) as RecordView;
    print(command, terminal, record, () => recordDetails(terminal, record, Date.now()));
  });
  read('timeline', 'show what happened and what was sent', async (number, command) => {
    const client = clientOf(command, terminal);
    const items = await allEntries((path) => client.get(path), number);
    print(command, terminal, { items }, () => timelineLines(items));
  });
  read(
    'explain',
    'show why its priority, deadlines and pages came out as they did',
    async (number, command) => {
      const answer = (await clientOf(command, terminal).get(
        pathOf(number, '/explain'),
      )) as ExplanationList;
      print(command, terminal, answer, () => explanationLines(answer));
    },
  );
  read('commands', 'show what you may do with it now', async (number, command) => {
    const answer = (await clientOf(command, terminal).get(pathOf(number, '/commands'))) as {
      items: CommandView[];
    };
    print(command, terminal, answer, () => commandLines(answer.items));
  });
}

/** Posts and shows the record that comes back. */
async function post(
  command: Command,
  terminal: Terminal,
  path: string,
  body: Record<string, unknown>,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const record = await clientOf(command, terminal).post(path, body, postOptions(options));
  print(command, terminal, record, () => recordDetails(terminal, record as RecordView, Date.now()));
}

function postOptions(options: Readonly<Record<string, unknown>>): PostOptions {
  const { idempotencyKey, ifMatch } = options;
  return {
    ...(typeof idempotencyKey === 'string' ? { idempotencyKey } : {}),
    ...(typeof ifMatch === 'string'
      ? { ifMatch: /^\d+$/.test(ifMatch) ? `"${ifMatch}"` : ifMatch }
      : {}),
  };
}

function addCommands(incident: Command, terminal: Terminal): void {
  for (const [name, { does, flags }] of Object.entries(incidentCommands)) {
    const command = incident.command(`${dashed(name)} <number>`).description(does);
    addFlags(command, flags);
    command
      .option('--if-match <seq>', 'only when it still has this seq')
      .option('--idempotency-key <key>', 'the same key does it once (default: a new one)')
      .action(async (number: string, options: Record<string, unknown>, self: Command) => {
        const path = pathOf(number, `/${name}`);
        await post(self, terminal, path, bodyOf(flags, options), options);
      });
  }
}

/** `provisor incident …`: one verb for each thing that the API can do with an incident. */
export function addIncident(program: Command, terminal: Terminal): void {
  const incident = program.command('incident').description('open, find and work on incidents');
  addOpen(incident, terminal);
  addList(incident, terminal);
  addReads(incident, terminal);
  addCommands(incident, terminal);
  addAttachments(incident, terminal, BASE);
}
