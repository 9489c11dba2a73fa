import type { Command } from 'commander';
import { clientOf, globals, print } from './context.ts';
import type { Terminal } from './terminal.ts';

/** A page of any list of the API: `items`, where the rest begins, and what else goes with it. */
interface AnyPage {
  readonly items: readonly unknown[];
  readonly nextCursor?: string | null;
}

export interface Shown<View> {
  /** The page, for people. */
  readonly forPeople: (page: View) => string;
  /** What an empty list means, and what to do next: a sentence. */
  readonly empty: string;
}

/** Gets a page of a list and writes it; what to do next about an empty one, and how to see the rest, are messages beside the data. */
export async function showPage<View extends AnyPage>(
  command: Command,
  terminal: Terminal,
  path: string,
  { forPeople, empty }: Shown<View>,
): Promise<void> {
  const page = (await clientOf(command, terminal).get(path)) as View;
  print(command, terminal, page, () => forPeople(page));
  if (globals(command).json === true) return;
  if (page.items.length === 0) terminal.err(`${empty}\n`);
  const next = page.nextCursor ?? null;
  if (next !== null) terminal.err(`There are more: --cursor ${next}\n`);
}
