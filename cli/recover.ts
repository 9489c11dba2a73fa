import type { Command } from 'commander';
import { print } from './context.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** What a recovery did, or with a dry run would do. */
export interface Recovery {
  /** The Temporal namespace that drove the records; null when none did. */
  readonly from: { readonly name: string; readonly id: string } | null;
  /** The id is null while it is not made yet. */
  readonly to: { readonly name: string; readonly id: string | null };
  /** Records that need a workflow. */
  readonly records: number;
  /** Effects that are not done, by kind. */
  readonly effects: Readonly<Record<string, number>>;
  /** Of these, what was under way and is done again under the same key; null in a dry run. */
  readonly restarted: number | null;
}

/** Done where the database and Temporal can be reached. @throws Error that says what to do */
export type RecoverOperation = (options: {
  /** Change nothing. */
  readonly dryRun: boolean;
  /** Told how many of the records are woken. */
  readonly progress: (woken: number, all: number) => void;
}) => Promise<Recovery>;

function inWords({ from, to, records, effects, restarted }: Recovery): string {
  const before = from === null ? 'none' : `${clean(from.name)} (${from.id})`;
  const after = `${clean(to.name)} (${to.id ?? 'still to be made'})`;
  const open = Object.entries(effects).map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    `Temporal namespace: ${before} → ${after}`,
    `Records that need a workflow: ${records}`,
    `Effects not done yet: ${open.join(', ') || 'none'}`,
    ...(restarted === null
      ? ['Nothing was changed.']
      : [
          `Set back to be done again under the same keys: ${restarted}`,
          'The workers take the records up now, the most urgent first: watch provisor_wakes_waiting.',
        ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** `provisor recover`: its outcome on stdout, how far it is on stderr. */
export function addRecover(program: Command, terminal: Terminal, recover: RecoverOperation): void {
  program
    .command('recover')
    .description('give the records to a new Temporal namespace after the one before was lost')
    .option('--dry-run', 'say what would be done, and change nothing')
    .action(async ({ dryRun = false }: { dryRun?: boolean }, command: Command) => {
      const progress = (woken: number, all: number): void => {
        terminal.err(`Records woken: ${woken} of ${all}\n`);
      };
      const done = await recover({ dryRun, progress });
      print(command, terminal, done, () => inWords(done));
    });
}
