import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { NotificationRulesView } from '../api/contract.ts';
import { personPath } from './contact.ts';
import { clientOf, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface RulesOptions {
  readonly person?: string;
  readonly ifMatch?: string;
}

const PATH = 'notification-rules';
const WHOSE = ['--person <name>', 'whose, for admins; default: your own'] as const;

/** Rules from a file of JSON; `-`: from standard input. @throws Failure when they cannot be read */
function readRules(file: string): object {
  try {
    const data: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
    if (typeof data === 'object' && data !== null) return data;
    throw new Error('it holds no JSON object');
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
}

function lines({ rules, version, warnings }: NotificationRulesView): string {
  const said = warnings.map(({ pointer, detail }) => `${pointer} ${clean(detail)}\n`).join('');
  if (version === 0) return 'No rules: all verified methods are used at once.\n';
  return `${JSON.stringify(rules, undefined, 2)}\n${said}`;
}

/** `provisor rules …`: in which order, after which time, and when not. */
export function addContactRules(program: Command, terminal: Terminal): void {
  const rules = program.command('rules').description('in which order pages reach you by what');
  rules
    .command('show')
    .description('show your notification rules, and what of them has no effect')
    .option(...WHOSE)
    .action(async (options: RulesOptions, command: Command) => {
      const client = clientOf(command, terminal);
      const view = (await client.get(
        await personPath(client, options, PATH),
      )) as NotificationRulesView;
      print(command, terminal, view, () => lines(view));
    });
  rules
    .command('set <file>')
    .description('replace them all by those of a JSON file; "-" reads standard input')
    .option('--if-match <version>', 'only while they are at this version')
    .option(...WHOSE)
    .action(async (file: string, options: RulesOptions, command: Command) => {
      const client = clientOf(command, terminal);
      const { ifMatch } = options;
      const seen = ifMatch === undefined ? {} : { ifMatch: `"${ifMatch}"` };
      const path = await personPath(client, options, PATH);
      const view = (await client.put(path, readRules(file), seen)) as NotificationRulesView;
      print(command, terminal, view, () => lines(view));
    });
}
