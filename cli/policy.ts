import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type {
  AppliedPolicyView,
  Page,
  PolicyActivationView,
  PolicyPreviewView,
  StoredPolicyView,
} from '../api/contract.ts';
import type { Client } from './client.ts';
import { clientOf, globals, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { activationTable, faultLine, policyFacts, previewText } from './policyLines.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const BASE = '/api/v1/policies';

function readPolicy(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
}

/** What a policy would change. @throws Failure that names each fault by its place in the file */
async function preview(client: Client, file: string, text: string): Promise<PolicyPreviewView> {
  try {
    return (await client.post(`${BASE}/check`, text)) as PolicyPreviewView;
  } catch (error) {
    if (!(error instanceof Failure) || error.issues.length === 0) throw error;
    const faults = error.issues.map((issue) => `  ${faultLine(issue)}`);
    throw new Failure(`${clean(file)} is not valid:\n${faults.join('\n')}`, error.exitCode);
  }
}

async function check(file: string, command: Command, terminal: Terminal): Promise<void> {
  const answer = await preview(clientOf(command, terminal), file, readPolicy(file));
  print(command, terminal, answer, () => previewText(answer));
}

async function agreed(command: Command, terminal: Terminal): Promise<boolean> {
  if (globals(command).input === false || terminal.confirm === undefined) {
    throw new Failure('Not applied: nobody can be asked here, so give --yes.', exitCodes.usage);
  }
  return terminal.confirm('Apply it?');
}

async function apply(
  file: string,
  { yes = false }: { yes?: boolean },
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const client = clientOf(command, terminal);
  const text = readPolicy(file);
  const seen = await preview(client, file, text);
  terminal.err(previewText(seen));
  if (seen.changed && !yes && !(await agreed(command, terminal))) throw new Failure('Not applied.');
  // Also what is in force already: another policy may have come since.
  const ifMatch = seen.inForce === null ? undefined : `"${seen.inForce}"`;
  const applied = (await client.post(BASE, text, { ifMatch })) as AppliedPolicyView;
  print(command, terminal, applied, () => `${applied.hash}\n`);
  if (applied.changed) {
    terminal.err(
      'In force. Open records are computed anew; "provisor policy show" tells how far.\n',
    );
  }
}

async function show(hash: string | undefined, command: Command, terminal: Terminal): Promise<void> {
  const client = clientOf(command, terminal);
  const wanted = hash ?? ((await client.get('/api/v1/policy')) as { hash: string }).hash;
  const policy = (await client.get(`${BASE}/${encodeURIComponent(wanted)}`)) as StoredPolicyView;
  print(command, terminal, policy, () => stringify(policy.body));
  if (globals(command).json !== true) terminal.err(policyFacts(policy));
}

async function list(limit: string, command: Command, terminal: Terminal): Promise<void> {
  const path = `${BASE}?limit=${encodeURIComponent(limit)}`;
  const page = (await clientOf(command, terminal).get(path)) as Page<PolicyActivationView>;
  print(command, terminal, page, () => activationTable(page.items));
}

/** `provisor policy …`: what the organisation decided, as one file. */
export function addPolicy(program: Command, terminal: Terminal): void {
  const policy = program.command('policy').description('check, apply and show policies');
  policy
    .command('check <file>')
    .description('say what a policy (YAML or JSON) would change, without applying it')
    .action((file: string, _options: unknown, command: Command) => check(file, command, terminal));
  policy
    .command('apply <file>')
    .description('say what a policy would change, ask, and put it in force')
    .option('-y, --yes', 'apply it without asking')
    .action((file: string, options: { yes?: boolean }, command: Command) =>
      apply(file, options, command, terminal),
    );
  policy
    .command('show [hash]')
    .description('write a policy as YAML, the one in force unless another is named')
    .action((hash: string | undefined, _options: unknown, command: Command) =>
      show(hash, command, terminal),
    );
  policy
    .command('list')
    .description('list the policies that came into force, the newest first')
    .option('--limit <number>', 'how many, up to 200', '50')
    .action(({ limit }: { limit: string }, command: Command) => list(limit, command, terminal));
}
