import type { Command } from 'commander';
import type {
  DeadLetterView,
  FailedAnswerView,
  LetterView,
  MendedView,
  RetriedAnswerView,
  StalledView,
} from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { showPage } from './lists.ts';
import type { Shown } from './lists.ts';
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

function failedAnswerTable(items: readonly FailedAnswerView[]): string {
  const rows = items.map(
    ({ id, provider, kind, answer, effectKey, person, receivedAt, attempts, error }) => [
      ...[id, provider, answer ?? kind, effectKey ?? '–', clean(person ?? '–'), local(receivedAt)],
      ...[String(attempts), clean(error)],
    ],
  );
  return table(['ID', 'FROM', 'WHAT', 'MESSAGE', 'BY', 'CAME', 'ATTEMPTS', 'ERROR'], rows);
}

function outcomeLine({ id, outcome }: RetriedAnswerView): string {
  return outcome === 'kept'
    ? `${id} fails still, and is tried again for about three hours.\n`
    : `${id} was tried: ${outcome}.\n`;
}

function deadLetterTable(items: readonly DeadLetterView[]): string {
  const rows = items.map(({ key, message, kind, person, channel, attempts, gaveUpAt, error }) => [
    ...[key, message ?? kind, clean(person ?? '–'), channel ?? '–', String(attempts)],
    ...[local(gaveUpAt), clean(error ?? '–')],
  ]);
  return table(['KEY', 'WHAT', 'FOR', 'BY', 'ATTEMPTS', 'GAVE UP', 'ERROR'], rows);
}

function addList<Item>(
  parent: Command,
  terminal: Terminal,
  path: string,
  what: string,
  shown: Shown<Page<Item>>,
): void {
  parent
    .command('list')
    .description(`list ${what}, the oldest first`)
    .option('--limit <number>', 'how many at most, up to 200', '50')
    .option('--cursor <cursor>', 'go on after a page: its nextCursor')
    .action((options: PageOptions, command: Command) =>
      showPage(command, terminal, pathOf(path, options), shown),
    );
}

/** `provisor operation …`: what did not work and needs somebody, for managers and admins. */
export function addOperation(program: Command, terminal: Terminal): void {
  const operation = program
    .command('operation')
    .description('records that stall, messages that were given up');
  const stalled = operation.command('stalled').description('records that keep failing');
  addList(stalled, terminal, 'stalled', 'records that keep failing', {
    forPeople: ({ items }: Page<StalledView>) => stalledTable(items),
    empty: 'No record keeps failing.',
  });
  stalled
    .command('retry <number>')
    .description('try one again, now')
    .action(async (number: string, _options: unknown, command: Command) => {
      const path = `${BASE}/stalled/${encodeURIComponent(number)}/retry`;
      const mended = (await clientOf(command, terminal).post(path, {})) as MendedView;
      print(command, terminal, mended, () => `${mended.number} works again.\n`);
    });
  const answers = operation
    .command('failed-answers')
    .description('answers and reports from providers that could not be applied');
  addList(answers, terminal, 'failed-answers', 'them', {
    forPeople: ({ items }: Page<FailedAnswerView>) => failedAnswerTable(items),
    empty: 'None: what providers tell has had its effect, or is tried again.',
  });
  answers
    .command('retry <id>')
    .description('try one again, now')
    .action(async (id: string, _options: unknown, command: Command) => {
      const path = `${BASE}/failed-answers/${encodeURIComponent(id)}/retry`;
      const retried = (await clientOf(command, terminal).post(path, {})) as RetriedAnswerView;
      print(command, terminal, retried, () => outcomeLine(retried));
    });
  const letters = operation.command('dead-letters').description('what could not be delivered');
  addList(letters, terminal, 'dead-letters', 'what was given up', {
    forPeople: ({ items }: Page<DeadLetterView>) => deadLetterTable(items),
    empty: 'Nothing was given up: every message was taken, or is not wanted any more.',
  });
  const answer = async (
    key: string,
    deed: string,
    body: object,
    command: Command,
    said: string,
  ) => {
    const path = `${BASE}/dead-letters/${encodeURIComponent(key)}/${deed}`;
    const letter = (await clientOf(command, terminal).post(path, body)) as LetterView;
    print(command, terminal, letter, () => `${letter.key} ${said}.\n`);
  };
  letters
    .command('send-again <key>')
    .description('send one again under the same key, if it is still wanted')
    .action((key: string, _options: unknown, command: Command) =>
      answer(key, 'send-again', {}, command, 'is sent again'),
    );
  letters
    .command('dismiss <key>')
    .description('take one off the list that needs no more attention')
    .requiredOption('--reason <text>', 'why: its record keeps it')
    .action((key: string, { reason }: { reason: string }, command: Command) =>
      answer(key, 'dismiss', { reason }, command, 'is dismissed'),
    );
}
