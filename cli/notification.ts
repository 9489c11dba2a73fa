import type { Command } from 'commander';
import type { NotificationPage, NotificationView } from '../api/contract.ts';
import { showPage } from './lists.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local, momentOf } from './times.ts';

/** `delivered`, `failed: 550 no such user`, `cancelled`. */
function result({ state, delivery, error }: NotificationView): string {
  const outcome = delivery?.outcome ?? null;
  if (outcome === null) return error === null ? state : `${state}: ${clean(error)}`;
  const said = delivery?.report ?? delivery?.detail ?? null;
  const result = state === 'done' ? outcome : `${state}, ${outcome}`;
  return said === null ? result : `${result}: ${clean(said)}`;
}

/** `acknowledge by ann, link`; a reply is a button, a text or a key. */
function answersOf({ answers }: NotificationView): string {
  const lines = answers.map(({ answer, person, via }) => {
    const by = `${answer} by ${clean(person)}`;
    return via === null ? by : `${by}, ${via}`;
  });
  return lines.join('; ');
}

function notificationTable(items: readonly NotificationView[]): string {
  const rows = items.map((item) => [
    ...[local(item.createdAt), item.number, item.message],
    ...[clean(item.person ?? item.namedChannel ?? '–'), item.channel],
    ...[result(item), answersOf(item), clean(item.why.sentence)],
  ]);
  return table(['WHEN', 'RECORD', 'WHAT', 'FOR', 'BY', 'RESULT', 'ANSWERED', 'WHY'], rows);
}

function heldLines(held: NotificationPage['held'] = []): string {
  return held
    .map(({ at, by, id, until }) => {
      const end = until === null ? '' : `, until ${local(until)}`;
      return `Pages held back at ${local(at)} by ${by} ${clean(id)}${end}\n`;
    })
    .join('');
}

const asTheyAre = ['person', 'number', 'channel', 'message', 'state', 'limit', 'cursor'];

type ListOptions = Readonly<Record<string, string | undefined>>;

function queryOf(options: ListOptions): string {
  const query = new URLSearchParams();
  for (const name of asTheyAre) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  for (const name of ['from', 'to']) {
    const value = options[name];
    if (value !== undefined) query.set(name, momentOf(value));
  }
  return query.toString();
}

/** `provisor notification …`: the ledger of who was told or paged. */
export function addNotification(program: Command, terminal: Terminal): void {
  program
    .command('notification')
    .description('who was told or paged, and why them')
    .command('list')
    .description('list them, the newest first; without a role of the desk your own')
    .option('--person <person>', 'who was told')
    .option('--number <number>', 'of one record; tells what held its pages back, too')
    .option('--channel <kinds>', 'email, sms …, with commas between')
    .option('--message <kinds>', 'page, breached …, with commas between')
    .option('--state <states>', 'pending, started, done, cancelled, dead, with commas between')
    .option('--from <time>', 'planned at or after it')
    .option('--to <time>', 'planned before it')
    .option('--limit <number>', 'how many at most, up to 200', '50')
    .option('--cursor <cursor>', 'go on after a page: its nextCursor')
    .action(async (options: ListOptions, command: Command) => {
      const path = `/api/v1/notifications?${queryOf(options)}`;
      await showPage(command, terminal, path, {
        forPeople: ({ items, held }: NotificationPage) =>
          `${notificationTable(items)}${heldLines(held)}`,
        empty:
          'Nobody was told: leave a filter out, or ask "provisor incident explain" why nobody was paged.',
      });
    });
}
