import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import type { Page, WindowView } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { showPage } from './lists.ts';
import { agree } from './scheduleContext.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local, momentOf } from './times.ts';

const BASE = '/api/v1/maintenance-windows';

function urlOf(id: string, rest = ''): string {
  return `${BASE}/${encodeURIComponent(id)}${rest}`;
}

function spanText(span: WindowView['current']): string {
  return span === null ? '–' : `${local(span.from)} to ${local(span.to)}`;
}

/** What a window covers, in words. */
function coversText({ definition }: WindowView): string {
  const { covers } = definition as {
    covers: string | { services?: readonly string[]; items?: readonly string[] };
  };
  if (typeof covers === 'string') return covers;
  return clean([...(covers.services ?? []), ...(covers.items ?? [])].join(', '));
}

function windowTable(items: readonly WindowView[]): string {
  const rows = items.map((window) => {
    const { id, state, current, next, definition, createdBy } = window;
    return [
      ...[id, state, spanText(current ?? next), coversText(window)],
      ...[clean(String(definition['reason'])), clean(createdBy)],
    ];
  });
  return table(['ID', 'STATE', 'STANDS', 'COVERS', 'REASON', 'BY'], rows);
}

interface CreateOptions {
  readonly reason: string;
  readonly service?: string[];
  readonly item?: string[];
  readonly all?: boolean;
  readonly from?: string;
  readonly to: string;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(',')];
}

/** The body that options make. @throws Failure when they do not say what the window covers */
function bodyOf({ reason, service, item, all = false, from, to }: CreateOptions): object {
  if (all === (service !== undefined || item !== undefined)) {
    throw new Failure('Name services, items or both, or say --all.', exitCodes.usage);
  }
  const covers = all ? 'everything' : { services: service, items: item };
  const begins = from === undefined ? new Date().toISOString() : momentOf(from);
  return { reason, covers, when: { kind: 'once', from: begins, to: momentOf(to) } };
}

function bodyIn(file: string): object {
  let data: unknown;
  try {
    data = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  throw new Failure(`${file} is no maintenance window: write its fields as YAML`, exitCodes.usage);
}

async function list(
  { state }: { readonly state?: string },
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const query = new URLSearchParams({ limit: '200', ...(state === undefined ? {} : { state }) });
  await showPage(command, terminal, `${BASE}?${query.toString()}`, {
    forPeople: ({ items }: Page<WindowView>) => windowTable(items),
    empty:
      'No window holds pages back, or will: "provisor maintenance create --help" says how to make one.',
  });
}

/** `provisor maintenance …`: times in which pages are held back. */
export function addMaintenance(program: Command, terminal: Terminal): void {
  const shown = (command: Command, answer: unknown): void => {
    print(command, terminal, answer, () => windowTable([answer as WindowView]));
  };
  const maintenance = program
    .command('maintenance')
    .description('maintenance windows: times in which pages are held back');
  maintenance
    .command('list')
    .description('all windows, the oldest first')
    .option('--state <state>', 'active, upcoming or past')
    .action((options: { state?: string }, command: Command) => list(options, command, terminal));
  maintenance
    .command('show <id>')
    .description('one window')
    .action(async (id: string, _options: unknown, command: Command) => {
      shown(command, await clientOf(command, terminal).get(urlOf(id)));
    });
  maintenance
    .command('create')
    .description('hold pages back for a time')
    .requiredOption('--reason <text>', 'why')
    .option('--service <names>', 'what it covers', collect)
    .option('--item <names>', 'configuration items that it covers', collect)
    .option('--all', 'it covers everything')
    .option('--from <time>', 'default: now')
    .requiredOption('--to <time>', 'when it ends')
    .action(async (options: CreateOptions, command: Command) => {
      shown(command, await clientOf(command, terminal).post(BASE, bodyOf(options)));
    });
  maintenance
    .command('apply <file> [id]')
    .description('make a window by a file (YAML or JSON), such as one that recurs, or change one')
    .action(async (file: string, id: string | undefined, _options: unknown, command: Command) => {
      const client = clientOf(command, terminal);
      const body = bodyIn(file);
      shown(
        command,
        id === undefined ? await client.post(BASE, body) : await client.put(urlOf(id), body),
      );
    });
  maintenance
    .command('end <id>')
    .description('end the window that stands: now, or earlier or later than it was to end')
    .option('--at <time>', 'default: now')
    .action(async (id: string, { at }: { at?: string }, command: Command) => {
      const body = at === undefined ? {} : { at: momentOf(at) };
      shown(command, await clientOf(command, terminal).post(urlOf(id, '/end'), body));
    });
  maintenance
    .command('delete <id>')
    .description('delete a window that has not begun')
    .option('-y, --yes', 'delete it without asking')
    .action(async (id: string, { yes = false }: { yes?: boolean }, command: Command) => {
      await agree(command, terminal, `Delete ${id}?`, yes);
      const deleted = await clientOf(command, terminal).delete(urlOf(id));
      print(command, terminal, deleted, () => `${id} is deleted.\n`);
    });
}
