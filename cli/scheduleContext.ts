import type { Command } from 'commander';
import type { Page } from '../api/contract.ts';
import { clientOf, globals, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';
import { momentOf } from './times.ts';

export const SCHEDULES = '/api/v1/schedules';

export function scheduleUrl(id: string, rest = ''): string {
  return `${SCHEDULES}/${encodeURIComponent(id)}${rest}`;
}

/** The options whose values are moments, as a query: empty when none is given. */
export function momentQuery(options: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) query.set(name, momentOf(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Gets what a command shows, and shows it. @param forPeople takes what the path gives */
export async function show(
  command: Command,
  terminal: Terminal,
  path: string,
  forPeople: (view: never) => string,
): Promise<void> {
  const view = await clientOf(command, terminal).get(path);
  print(command, terminal, view, () => forPeople(view as never));
}

/** As `show`, of the first 200 of a list. @param forPeople takes the items */
export function showList(
  command: Command,
  terminal: Terminal,
  path: string,
  forPeople: (items: never) => string,
): Promise<void> {
  return show(command, terminal, `${path}?limit=200`, ({ items }: Page<unknown>) =>
    forPeople(items as never),
  );
}

/** Asks before something is done, unless `--yes`. @throws Failure when the answer is no, or nobody can be asked */
export async function agree(
  command: Command,
  terminal: Terminal,
  question: string,
  yes: boolean,
): Promise<void> {
  if (yes) return;
  if (globals(command).input === false || terminal.confirm === undefined) {
    throw new Failure('Nothing done: nobody can be asked here, so give --yes.', exitCodes.usage);
  }
  if (!(await terminal.confirm(question))) throw new Failure('Nothing done.');
}
