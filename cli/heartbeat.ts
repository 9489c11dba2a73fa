import type { Command } from 'commander';
import type {
  CreatedHeartbeatView,
  HeartbeatView,
  Page,
  RenewedHeartbeatView,
} from '../api/contract.ts';
import { clientOf, globals, print } from './context.ts';
import { agree, show } from './scheduleContext.ts';
import { showPage } from './lists.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local } from './times.ts';

const BASE = '/api/v1/heartbeats';

function urlOf(id: string, rest = ''): string {
  return `${BASE}/${encodeURIComponent(id)}${rest}`;
}

const when = (iso: string | null): string => (iso === null ? '–' : local(iso));

function heartbeatTable(items: readonly HeartbeatView[]): string {
  const rows = items.map(({ id, name, service, every, status, lastPingAt, dueAt, incident }) => [
    ...[id, clean(name), clean(service), every, status],
    ...[when(lastPingAt), when(dueAt), incident ?? '–'],
  ]);
  const head = ['ID', 'NAME', 'SERVICE', 'EVERY', 'STATUS', 'LAST PING', 'DUE', 'INCIDENT'];
  return table(head, rows);
}

interface CreateOptions {
  readonly name: string;
  readonly service: string;
  readonly item?: string;
  readonly impact: string;
  readonly urgency: string;
  readonly every: string;
  readonly grace: string;
}

async function create(options: CreateOptions, command: Command, terminal: Terminal): Promise<void> {
  const { impact, urgency } = options;
  const body = { ...options, impact: Number(impact), urgency: Number(urgency) };
  const made = (await clientOf(command, terminal).post(BASE, body)) as CreatedHeartbeatView;
  showAddress(made, command, terminal);
}

/** The address alone on stdout, so that it can be piped to where it is kept. */
function showAddress(made: RenewedHeartbeatView, command: Command, terminal: Terminal): void {
  print(command, terminal, made, () => `${made.pingUrl ?? ''}\n`);
  if (globals(command).json === true) return;
  terminal.err(`${made.id}: ping this address. It is shown only now: keep it.\n`);
}

async function renew(
  id: string,
  { formerValidFor }: { formerValidFor: string },
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const renewed = await clientOf(command, terminal).post(urlOf(id, '/token'), { formerValidFor });
  showAddress(renewed as RenewedHeartbeatView, command, terminal);
}

async function change(
  id: string,
  options: Partial<CreateOptions>,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const client = clientOf(command, terminal);
  const before = (await client.get(urlOf(id))) as HeartbeatView;
  const { name, service, item, every, grace } = { ...before, ...options };
  const body = {
    ...{ name, service, every, grace },
    impact: Number(options.impact ?? before.impact),
    urgency: Number(options.urgency ?? before.urgency),
    ...(item === null ? {} : { item }),
  };
  const changed = (await client.put(urlOf(id), body, {
    ifMatch: `"${before.version}"`,
  })) as HeartbeatView;
  print(command, terminal, changed, () => heartbeatTable([changed]));
}

/** `provisor heartbeat …`: what must report from time to time. */
export function addHeartbeat(program: Command, terminal: Terminal): void {
  const heartbeat = program
    .command('heartbeat')
    .description('what must report from time to time, and pages when it does not');
  heartbeat
    .command('list')
    .description('all heartbeats, and how they are')
    .action((_options: unknown, command: Command) =>
      showPage(command, terminal, `${BASE}?limit=200`, {
        forPeople: ({ items }: Page<HeartbeatView>) => heartbeatTable(items),
        empty: 'Nothing is waited for: "provisor heartbeat create --help" says how to begin.',
      }),
    );
  heartbeat
    .command('show <id>')
    .description('one heartbeat')
    .action((id: string, _options: unknown, command: Command) =>
      show(command, terminal, urlOf(id), (view: HeartbeatView) => heartbeatTable([view])),
    );
  heartbeat
    .command('create')
    .description('wait for pings; the address to ping is written to stdout, this once')
    .requiredOption('--name <text>', 'what it is')
    .requiredOption('--service <name>', 'of the policy')
    .option('--item <name>', 'the configuration item')
    .requiredOption('--every <duration>', 'how often it reports, such as 1h')
    .requiredOption('--grace <duration>', 'how late it may be, such as 10m')
    .requiredOption('--impact <number>', 'of the incident')
    .requiredOption('--urgency <number>', 'of the incident')
    .action((options: CreateOptions, command: Command) => create(options, command, terminal));
  heartbeat
    .command('change <id>')
    .description('change what is named; with another rhythm it is waited for from now on')
    .option('--name <text>', 'what it is')
    .option('--service <name>', 'of the policy')
    .option('--item <name>', 'the configuration item')
    .option('--every <duration>', 'how often it reports')
    .option('--grace <duration>', 'how late it may be')
    .option('--impact <number>', 'of the incident')
    .option('--urgency <number>', 'of the incident')
    .action((id: string, options: Partial<CreateOptions>, command: Command) =>
      change(id, options, command, terminal),
    );
  for (const [name, does] of [
    ['pause', 'wait for no ping until it is resumed'],
    ['resume', 'wait for pings again, from now on'],
  ] as const) {
    heartbeat
      .command(`${name} <id>`)
      .description(does)
      .action(async (id: string, _options: unknown, command: Command) => {
        const view = await clientOf(command, terminal).post(urlOf(id, `/${name}`), {});
        print(command, terminal, view, () => heartbeatTable([view as HeartbeatView]));
      });
  }
  heartbeat
    .command('renew-token <id>')
    .description('give it another address, which is written to stdout, this once')
    .option(
      '--former-valid-for <duration>',
      'how long the one of before counts; 0s: not any more',
      '1d',
    )
    .action((id: string, options: { formerValidFor: string }, command: Command) =>
      renew(id, options, command, terminal),
    );
  heartbeat
    .command('delete <id>')
    .description('delete a heartbeat; its address is unknown from then on')
    .option('-y, --yes', 'delete it without asking')
    .action(async (id: string, { yes = false }: { yes?: boolean }, command: Command) => {
      await agree(command, terminal, `Delete ${id}?`, yes);
      const deleted = await clientOf(command, terminal).delete(urlOf(id));
      print(command, terminal, deleted, () => `${id} is deleted.\n`);
    });
}
