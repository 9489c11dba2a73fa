import type { Command } from 'commander';
import type { KeptPage } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local } from './times.ts';

function keptTable({ items }: KeptPage): string {
  const rows = items.map(({ id, integration, number, times, size, lastAt, reason }) => [
    ...[id, clean(integration), number ?? '–', String(times), String(size), local(lastAt)],
    clean(reason),
  ]);
  return table(['ID', 'INTEGRATION', 'INCIDENT', 'TIMES', 'BYTES', 'LAST', 'REASON'], rows);
}

/** `provisor intake …`: what monitoring systems sent, for admins. */
export function addIntake(program: Command, terminal: Terminal): void {
  const intake = program.command('intake').description('look at what monitoring systems sent');
  intake
    .command('kept')
    .description('list deliveries that could not be read or mapped, the latest first')
    .option('--limit <number>', 'how many at most, up to 200', '50')
    .action(async ({ limit }: { limit: string }, command: Command) => {
      const path = `/api/v1/intake/kept?limit=${encodeURIComponent(limit)}`;
      const page = (await clientOf(command, terminal).get(path)) as KeptPage;
      print(command, terminal, page, () => keptTable(page));
    });
}
