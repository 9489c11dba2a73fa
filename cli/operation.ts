import type { Command } from 'commander';
import type { DeadLetterView, MendedView, SentAgainView, StalledView } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local } from './times.ts';

const BASE = '/api/v1/operations';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

interface PageOptions {
  readonly limit: string;
  readonly cursor?: string;
}

function pathOf(list: string, { limit, cursor }: PageOptions): string {
  const query = new URLSearchParams({ limit, ...(cursor === undefined ? {} : { cursor }) });
  return `${BASE}/${list}?${query.toString()}`;
}

function stalledTable(items: readonly StalledView[]): string {
  const rows = items.map(({ number, doing, attempts, since, lastAt, error }) => [
    ...[number, doing, String(attempts), local(since), local(lastAt), clean(error)],
  ]);
  return table(['NUMBER', 'FAILS AT', 'ATTEMPTS', 'SINCE', 'LAST', 'ERROR'], rows);
}

function deadLetterTable(items: readonly DeadLetterView[]): string {
  const rows = items.map(({ key, message, kind, person, channel, attempts, gaveUpAt, error }) => [
    ...[key, message ?? kind, clean(person ?? '–'), channel ?? '–', String(attempts)],
    ...[local(gaveUpAt), clean(error ?? '–')],
  ]);
  return table(['KEY', 'WHAT', 'FOR', 'BY', 'ATTEMPTS', 'GAVE UP', 'ERROR'], rows);
}

function addList(
  parent: Command,
  terminal: Terminal,
  path: string,
  what: string,
  show: (page: unknown) => string,
): void {
  parent
    .command('list')
    .description(`list ${what}, the oldest first`)
    .option('--limit <number>', 'how many at most, up to 200', '50')
    .option('--cursor <cursor>', 'go on after a page: its nextCursor')
    .action(async (options: PageOptions, command: Command) => {
      const page = await clientOf(command, terminal).get(pathOf(path, options));
      print(command, terminal, page, () => show(page));
    });
}

/** `provisor operation …`: what did not work and needs somebody, for managers and admins. */
export function addOperation(program: Command, terminal: Terminal): void {
  const operation = program
    .command('operation')
    .description('records that stall, messages that were given up');
  const stalled = operation.command('stalled').description('records that keep failing');
  addList(stalled, terminal, 'stalled', 'records that keep failing', (page) =>
    stalledTable((page as Page<StalledView>).items),
  );
  stalled
    .command('retry <number>')
    .description('try one again, now')
    .action(async (number: string, _options: unknown, command: Command) => {
      const path = `${BASE}/stalled/${encodeURIComponent(number)}/retry`;
      const mended = (await clientOf(command, terminal).post(path, {})) as MendedView;
      print(command, terminal, mended, () => `${mended.number} works again.\n`);
    });
  const letters = operation.command('dead-letters').description('what could not be delivered');
  addList(letters, terminal, 'dead-letters', 'what was given up', (page) =>
    deadLetterTable((page as Page<DeadLetterView>).items),
  );
  letters
    .command('send-again <key>')
    .description('send one again under the same key, if it is still wanted')
    .action(async (key: string, _options: unknown, command: Command) => {
      const path = `${BASE}/dead-letters/${encodeURIComponent(key)}/send-again`;
      const sent = (await clientOf(command, terminal).post(path, {})) as SentAgainView;
      print(command, terminal, sent, () => `${sent.key} is sent again.\n`);
    });
}
