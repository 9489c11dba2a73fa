import type { Command } from 'commander';
import type { CreatedKey, KeyView } from '../api/contract.ts';
import { clientOf, globals, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { showPage } from './lists.ts';
import { keyTable } from './show.ts';
import type { Terminal } from './terminal.ts';

const BASE = '/api/v1/keys';

interface CreateOptions {
  readonly person?: string;
  readonly integration?: string;
  readonly role?: string[];
  readonly organisation?: string;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(',')];
}

async function create(
  { role, ...holder }: CreateOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { person, integration, organisation } = holder;
  if ((person === undefined) === (integration === undefined)) {
    throw new Failure('Name either a --person or an --integration.', exitCodes.usage);
  }
  const body = { person, integration, organisation, roles: role };
  const key = (await clientOf(command, terminal).post(BASE, body)) as CreatedKey;
  print(command, terminal, key, () => `${key.secret ?? ''}\n`);
  if (globals(command).json === true) return;
  terminal.err(
    `Key ${key.id} of ${key.holder} (${key.roles.join(', ')}). It is shown only now: keep it.\n`,
  );
}

async function revoke(id: string, command: Command, terminal: Terminal): Promise<void> {
  const asks = globals(command).input !== false && terminal.confirm !== undefined;
  if (asks && !(await terminal.confirm(`Revoke ${id} for good?`))) {
    throw new Failure('Not revoked.');
  }
  const key = (await clientOf(command, terminal).delete(
    `${BASE}/${encodeURIComponent(id)}`,
  )) as KeyView;
  print(command, terminal, key, () => keyTable([key]));
}

/** `provisor key …`: API keys, for admins. */
export function addKey(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('make, list and revoke API keys');
  key
    .command('create')
    .description('make a key; its secret is written to stdout, this once')
    .option('--person <name>', 'an active person of the policy')
    .option('--integration <name>', 'a monitoring system')
    .option('--role <roles>', 'of a person: requester, agent, resolver, manager, admin', collect)
    .option('--organisation <name>', 'default: your own')
    .action((options: CreateOptions, command: Command) => create(options, command, terminal));
  key
    .command('list')
    .description('list all keys, without their secrets')
    .action((_options: unknown, command: Command) =>
      showPage(command, terminal, BASE, {
        forPeople: ({ items }: { items: readonly KeyView[] }) => keyTable(items),
        empty: 'There is no key: "provisor key create --help" says how to make one.',
      }),
    );
  key
    .command('revoke <id>')
    .description('end a key for good')
    .action((id: string, _options: unknown, command: Command) => revoke(id, command, terminal));
}
