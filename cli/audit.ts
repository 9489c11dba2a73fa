import type { Command } from 'commander';
import type { AuditEntryView, CheckpointView } from '../api/contract.ts';
import { print } from './context.ts';
import { Failure } from './failure.ts';
import { showPage } from './lists.ts';
import { table } from './show.ts';
import { clean, counted } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local } from './times.ts';

const BASE = '/api/v1/audit';

/** What only a machine that reaches the database can do. */
export interface AuditOperations {
  verify(options: {
    readonly against: readonly string[];
    readonly publicKeys: readonly string[];
    readonly progress: (line: string) => void;
  }): Promise<{
    readonly faults: readonly {
      readonly of: string;
      readonly seq?: number;
      readonly what: string;
    }[];
    readonly notes: readonly string[];
  }>;
  /** @returns lines of JSON */
  checkpoint(): Promise<string>;
  /** @returns PEM */
  key(): Promise<string>;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

function entryTable(items: readonly AuditEntryView[]): string {
  const rows = items.map(({ seq, at, kind, actor, data }) => [
    ...[String(seq), local(at), kind, clean(actor), clean(JSON.stringify(data))],
  ]);
  return table(['SEQ', 'AT', 'WHAT', 'BY', 'DATA'], rows);
}

interface PageOptions {
  readonly limit: string;
  readonly cursor?: string;
}

function pathOf(path: string, options: PageOptions): string {
  return `${path}?${new URLSearchParams({ ...options }).toString()}`;
}

function addLists(audit: Command, terminal: Terminal): void {
  const list = (name: string, does: string): Command =>
    audit
      .command(name)
      .description(does)
      .option('--limit <number>', 'how many at most, up to 200', '50')
      .option('--cursor <cursor>', 'the page after');
  list('list', 'list administrative changes, the newest first').action(
    (options: PageOptions, command: Command) =>
      showPage(command, terminal, pathOf(BASE, options), {
        forPeople: ({ items }: Page<AuditEntryView>) => entryTable(items),
        empty: 'There are no more entries.',
      }),
  );
  list('checkpoints', 'list signed checkpoints, the oldest first: lines for a file to keep').action(
    (options: PageOptions, command: Command) =>
      showPage(command, terminal, pathOf(`${BASE}/checkpoints`, options), {
        forPeople: ({ items }: Page<CheckpointView>) =>
          items.map((item) => `${JSON.stringify(item)}\n`).join(''),
        empty: 'There is no checkpoint yet: "provisor audit checkpoint" makes one.',
      }),
  );
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

interface VerifyFlags {
  readonly against?: string[];
  readonly publicKey?: string[];
}

async function verify(
  { against = [], publicKey = [] }: VerifyFlags,
  command: Command,
  terminal: Terminal,
  operations: AuditOperations,
): Promise<void> {
  const progress = (line: string): void => {
    terminal.err(`${line}\n`);
  };
  const findings = await operations.verify({ against, publicKeys: publicKey, progress });
  const { faults, notes } = findings;
  print(command, terminal, findings, () =>
    faults
      .map(({ of, seq, what }) => `${of}${seq === undefined ? '' : ` ${seq}`}: ${clean(what)}\n`)
      .join(''),
  );
  for (const note of notes) terminal.err(`${note}\n`);
  if (faults.length > 0) throw new Failure(`NOT VALID: ${counted(faults.length, 'fault')}.`);
  terminal.err('Valid: nothing was changed behind its back.\n');
}

/** `provisor audit …`: what was administered, and the proof that nothing else was changed. */
export function addAudit(program: Command, terminal: Terminal, operations: AuditOperations): void {
  const audit = program
    .command('audit')
    .description('list administrative changes; verify that nothing was changed');
  addLists(audit, terminal);
  audit
    .command('verify')
    .description(
      'look for everything that did not come through the one door, in DATABASE_URL or the "provisor start" that runs; exit code 1 when there is something',
    )
    .option('--against <file>', 'checkpoints that you kept; may be repeated', collect)
    .option('--public-key <file>', 'a public key that you trust, in PEM; may be repeated', collect)
    .action((flags: VerifyFlags, command: Command) => verify(flags, command, terminal, operations));
  audit
    .command('checkpoint')
    .description('take a signed checkpoint now; its line is for somebody else to keep')
    .action(async () => {
      const lines = await operations.checkpoint();
      terminal.out(lines);
      if (lines === '') terminal.err('Nothing is new since the last checkpoint.\n');
    });
  audit
    .command('key')
    .description('write the public key with which checkpoints are verified')
    .action(async () => {
      terminal.out(await operations.key());
    });
}
