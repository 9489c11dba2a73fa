import type { Command } from 'commander';
import type { ContactMethodList, PersonList, PersonView } from '../api/contract.ts';
import { methodTable } from './contact.ts';
import { clientOf, print } from './context.ts';
import { show } from './scheduleContext.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const BASE = '/api/v1/people';

function peopleTable(people: readonly PersonView[]): string {
  const rows = people.map(({ id, name, teams, reachable, why }) => [
    ...[id, clean(name), teams.join(', '), reachable ? 'yes' : `no: ${clean(why ?? '')}`],
  ]);
  return table(['KEY', 'NAME', 'TEAMS', 'REACHABLE'], rows);
}

/** A person, and the ways to reach them; addresses are shown to the person and admins. */
async function describe(key: string, command: Command, terminal: Terminal): Promise<void> {
  const client = clientOf(command, terminal);
  const path = `${BASE}/${encodeURIComponent(key)}`;
  const person = (await client.get(path)) as PersonView;
  const { items } = (await client.get(`${path}/contact-methods`)) as ContactMethodList;
  print(
    command,
    terminal,
    { ...person, contactMethods: items },
    () => `${peopleTable([person])}${items.length === 0 ? '' : `\n${methodTable(items)}`}`,
  );
}

/** `provisor people …`: who can be reached. */
export function addPeople(program: Command, terminal: Terminal): void {
  const people = program.command('people').description('people, and whether a page reaches them');
  people
    .command('list')
    .description('everybody of the policy, and why a page does not reach them')
    .action((_options: unknown, command: Command) =>
      show(command, terminal, BASE, ({ items }: PersonList) => peopleTable(items)),
    );
  people
    .command('show <key>')
    .description('one of them, with the ways to reach them')
    .action((key: string, _options: unknown, command: Command) => describe(key, command, terminal));
}
