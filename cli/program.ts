import { Command, CommanderError } from 'commander';
import { addAudit } from './audit.ts';
import type { AuditOperations } from './audit.ts';
import { DEFAULT_URL } from './client.ts';
import { addChannel } from './channel.ts';
import { addContact } from './contact.ts';
import { addContactRules } from './contactRules.ts';
import { addEscalation } from './escalation.ts';
import { exitCodes, Failure } from './failure.ts';
import { addHeartbeat } from './heartbeat.ts';
import { addIncident } from './incident.ts';
import { addIntake } from './intake.ts';
import { addKey } from './key.ts';
import { addNotification } from './notification.ts';
import { addOnCall } from './onCall.ts';
import { addMaintenance } from './maintenance.ts';
import { addOperation } from './operation.ts';
import { addPeople } from './people.ts';
import { addPolicy } from './policy.ts';
import { addRecover } from './recover.ts';
import type { RecoverOperation } from './recover.ts';
import { addReport } from './report.ts';
import { addSchedule } from './schedule.ts';
import type { Terminal } from './terminal.ts';

/** What only the machine that runs Provisor can do: loaded when it is asked for. */
export interface Operations {
  readonly version: string;
  start(options: { readonly demo: boolean }): Promise<void>;
  /** @returns lines for the operator */
  migrate(): Promise<readonly string[]>;
  readonly audit: AuditOperations;
  readonly recover: RecoverOperation;
}

const help = `
Environment:
  PROVISOR_KEY       your API key; or PROVISOR_KEY_FILE, the file that holds it
  PROVISOR_URL       where the server is (default ${DEFAULT_URL})
  NO_COLOR           no colours

Exit codes: 0 done, 1 failure, 2 usage, 3 not found, 4 no or not enough rights, 5 conflict`;

function build(terminal: Terminal, operations: Operations): Command {
  const program = new Command('provisor')
    .description('IT service management where the process is code')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => {
        terminal.err(text);
      },
    })
    .version(operations.version)
    .option('--json', 'write data as JSON')
    .option('--url <url>', 'where the server is')
    .option('--no-input', 'never ask')
    .addHelpText('after', help);
  addIncident(program, terminal);
  addKey(program, terminal);
  addReport(program, terminal);
  addPolicy(program, terminal);
  addSchedule(program, terminal);
  addOnCall(program, terminal);
  addEscalation(program, terminal);
  addPeople(program, terminal);
  addNotification(program, terminal);
  addContact(program, terminal);
  addChannel(program, terminal);
  addContactRules(program, terminal);
  addMaintenance(program, terminal);
  addHeartbeat(program, terminal);
  addAudit(program, terminal, operations.audit);
  addOperation(program, terminal);
  addIntake(program, terminal);
  program
    .command('start')
    .description('start PostgreSQL, Temporal, the worker and the API here')
    .option('--demo', 'a small organisation to play with, on this machine alone: see docs/demo.md')
    .action(({ demo = false }: { demo?: boolean }) => operations.start({ demo }));
  program
    .command('migrate')
    .description('make the database of DATABASE_URL ready for this version')
    .action(async () => {
      for (const line of await operations.migrate()) terminal.out(`${line}\n`);
    });
  addRecover(program, terminal, operations.recover);
  return program;
}

/** Runs one command line. @returns the exit code */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  operations: Operations,
): Promise<number> {
  try {
    await build(terminal, operations).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong itself; help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (error instanceof Failure) {
      terminal.err(`${error.message}\n`);
      return error.exitCode;
    }
    terminal.err(`${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failure;
  }
}
