import type { Command } from 'commander';
import type { SwapView } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { scheduleUrl, show, showList } from './scheduleContext.ts';
import { swapTable } from './scheduleLines.ts';
import type { Terminal } from './terminal.ts';
import { momentOf } from './times.ts';

interface AskOptions {
  readonly from: string;
  readonly to: string;
  readonly forFrom?: string;
  readonly forTo?: string;
  readonly by?: string;
}

function swapUrl(id: string, rest = ''): string {
  return `/api/v1/swaps/${encodeURIComponent(id)}${rest}`;
}

function stretch(from: string, to: string) {
  return { from: momentOf(from), to: momentOf(to) };
}

async function ask(
  id: string,
  person: string,
  { from, to, forFrom, forTo, by }: AskOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  if ((forFrom === undefined) !== (forTo === undefined)) {
    throw new Failure('Give both --for-from and --for-to, or neither.', exitCodes.usage);
  }
  const body = {
    to: person,
    shift: stretch(from, to),
    ...(forFrom === undefined || forTo === undefined ? {} : { forShift: stretch(forFrom, forTo) }),
    ...(by === undefined ? {} : { by }),
  };
  const path = scheduleUrl(id, '/swaps');
  const swap = (await clientOf(command, terminal).post(path, body)) as SwapView;
  print(command, terminal, swap, () => swapTable([swap]));
}

const answers = {
  accept: 'take the shifts that you are asked to take',
  decline: 'say no',
  withdraw: 'ask no longer',
} as const;

/** `provisor schedule swap …`: shifts that people swap. */
export function addScheduleSwap(schedule: Command, terminal: Terminal): void {
  const swap = schedule.command('swap').description('swap shifts');
  swap
    .command('list <id>')
    .description('the latest first, with what you may do')
    .action((id: string, _options: unknown, command: Command) =>
      showList(command, terminal, scheduleUrl(id, '/swaps'), swapTable),
    );
  swap
    .command('show <swap>')
    .description('one of them')
    .action((id: string, _options: unknown, command: Command) =>
      show(command, terminal, swapUrl(id), (view: SwapView) => swapTable([view])),
    );
  swap
    .command('ask <id> <person>')
    .description('ask somebody to take your shifts')
    .requiredOption('--from <time>', 'your shifts from here')
    .requiredOption('--to <time>', 'to here')
    .option('--for-from <time>', 'in return for theirs from here')
    .option('--for-to <time>', 'to here')
    .option('--by <person>', "another's shifts than yours; for managers")
    .action((id: string, person: string, options: AskOptions, command: Command) =>
      ask(id, person, options, command, terminal),
    );
  for (const [name, description] of Object.entries(answers)) {
    swap
      .command(`${name} <swap>`)
      .description(description)
      .action(async (id: string, _options: unknown, command: Command) => {
        const path = swapUrl(id, `/${name}`);
        const answered = (await clientOf(command, terminal).post(path, {})) as SwapView;
        print(command, terminal, answered, () => swapTable([answered]));
      });
  }
}
