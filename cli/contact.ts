import type { Command } from 'commander';
import type {
  AddedContactMethod,
  ContactMethodList,
  ContactMethodView,
  MeView,
  SendingView,
} from '../api/contract.ts';
import type { Client } from './client.ts';
import { clientOf, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local } from './times.ts';

interface PersonOptions {
  readonly person?: string;
}

const WHOSE = ['--person <name>', 'whose, for admins; default: your own'] as const;

/** The person of the policy who holds the key. @throws Failure that says what to do when nobody there does */
async function holderOf(client: Client): Promise<string> {
  const { id } = (await client.get('/api/v1/me')) as MeView;
  try {
    await client.get(`/api/v1/people/${encodeURIComponent(id)}`);
    return id;
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== exitCodes.notFound) throw error;
    throw new Failure(
      `The holder of this key, "${id}", is no person of the policy. Name somebody with --person, or add "${id}" to the people of the policy ("provisor policy apply").`,
      exitCodes.notFound,
    );
  }
}

/** What belongs to a person below their address in the API. @param rest such as `contact-methods` */
export async function personPath(
  client: Client,
  given: PersonOptions,
  rest: string,
): Promise<string> {
  const person = given.person ?? (await holderOf(client));
  return `/api/v1/people/${encodeURIComponent(person)}/${rest}`;
}

function stateOf(method: ContactMethodView): string {
  const { verified, verifiedAt, disabledWhy, notSetUp, source } = method;
  if (disabledWhy !== null) return `off: ${clean(disabledWhy)}`;
  if (!verified) return 'not verified';
  if (notSetUp !== null) return `nothing is sent: ${clean(notSetUp)}`;
  return source === 'policy' || verifiedAt === null ? 'verified' : `since ${local(verifiedAt)}`;
}

/** Ways to be reached, with what keeps each from being used. */
export function methodTable(items: readonly ContactMethodView[]): string {
  const rows = items.map((method) => [
    ...[method.id, method.kind, clean(method.address ?? '–'), clean(method.label)],
    stateOf(method),
  ]);
  return table(['METHOD', 'KIND', 'ADDRESS', 'LABEL', 'STATE'], rows);
}

/** @throws Failure when the receiver did not take it */
function sent(what: string, { accepted, detail, method }: SendingView): string {
  if (accepted === true) return `${what} went to ${method}: ${clean(detail)}\n`;
  throw new Failure(`${what} did not get through to ${method}: ${clean(detail)}`);
}

function codeLines(added: AddedContactMethod): string {
  const { id, code } = added;
  if (code?.accepted === true) {
    return `${id} is added, and a code was sent to it. Give it to "provisor contact verify ${id} CODE" within 10 minutes.\n`;
  }
  const why = code === null ? 'one was sent there just now' : clean(code.detail);
  return `${id} is added; no code was sent: ${why}. Ask for one with "provisor contact code ${id}".\n`;
}

interface AddOptions extends PersonOptions {
  readonly label?: string;
}

/** `provisor contact …`: how pages reach you. */
export function addContact(program: Command, terminal: Terminal): void {
  const contact = program.command('contact').description('how pages reach you');
  contact
    .command('list')
    .description('list the ways to reach you, or somebody else')
    .option(...WHOSE)
    .action(async (options: PersonOptions, command: Command) => {
      const client = clientOf(command, terminal);
      const path = await personPath(client, options, 'contact-methods');
      const list = (await client.get(path)) as ContactMethodList;
      print(command, terminal, list, () => methodTable(list.items));
    });
  contact
    .command('add <kind> <address>')
    .description(
      'add one: email, sms, voice, slack, ntfy, webhook, teams, mattermost, or custom-… for one of your own',
    )
    .option('--label <text>', 'what you call it; default: its kind')
    .option(...WHOSE)
    .action(async (kind: string, address: string, options: AddOptions, command: Command) => {
      const client = clientOf(command, terminal);
      const path = await personPath(client, options, 'contact-methods');
      const body = { kind, address, label: options.label ?? kind };
      const added = (await client.post(path, body)) as AddedContactMethod;
      print(command, terminal, added, () => codeLines(added));
    });

  /** A command on one method. */
  const on = (
    name: string,
    does: string,
    act: (client: Client, path: string) => Promise<unknown>,
    forPeople: (answer: never) => string,
  ): void => {
    contact
      .command(`${name} <method>`)
      .description(does)
      .option(...WHOSE)
      .action(async (method: string, options: PersonOptions, command: Command) => {
        const client = clientOf(command, terminal);
        const rest = `contact-methods/${encodeURIComponent(method)}`;
        const answer = await act(client, await personPath(client, options, rest));
        print(command, terminal, answer, () => forPeople(answer as never));
      });
  };
  on(
    'code',
    'send a new code to one',
    (client, path) => client.post(`${path}/code`, {}),
    (answer: SendingView) => sent('A code', answer),
  );
  on(
    'test',
    'send a test page to one, now',
    (client, path) => client.post(`${path}/test`, {}),
    (answer: SendingView) => sent('A test page', answer),
  );
  on(
    'remove',
    'remove one: no page goes there any more',
    (client, path) => client.delete(path),
    ({ id }: ContactMethodView) => `${id} is removed.\n`,
  );
  contact
    .command('verify <method> <code>')
    .description('verify one with the code that was sent to it')
    .option(...WHOSE)
    .action(async (method: string, code: string, options: PersonOptions, command: Command) => {
      const client = clientOf(command, terminal);
      const rest = `contact-methods/${encodeURIComponent(method)}/verify`;
      const path = await personPath(client, options, rest);
      const verified = (await client.post(path, { code })) as ContactMethodView;
      print(command, terminal, verified, () => `${verified.id} is verified: pages go there.\n`);
    });
}
