import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { IntakeTrialView, KeptPage } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { showPage } from './lists.ts';
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

function trialLines({ groupKey, alerts, unknownService, opens }: IntakeTrialView): string {
  const told = alerts.map(({ firing, severity, fingerprint, text }) => [
    ...[firing ? 'firing' : 'resolved', clean(severity ?? '–'), clean(fingerprint), clean(text)],
  ]);
  const lines =
    opens === null
      ? ['Nothing would open.']
      : [
          `Would open: ${clean(opens.title)}`,
          `  service ${clean(opens.service)}, impact ${opens.impact}, urgency ${opens.urgency}, priority ${opens.priority ?? '–'}${opens.ci === undefined ? '' : `, item ${clean(opens.ci)}`}`,
        ];
  return [
    ...(groupKey === null ? [] : [`Group: ${clean(groupKey)}`]),
    ...(alerts.length === 0 ? [] : [table(['STATUS', 'SEVERITY', 'FINGERPRINT', 'TEXT'], told)]),
    ...(unknownService === null
      ? []
      : [`The policy has no service "${clean(unknownService)}": the default service stands in.`]),
    ...lines,
  ].join('\n');
}

/** @throws Failure that says what to do when the file cannot be read */
function fileAt(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new Failure(`cannot read ${path}: ${(error as Error).message}`, exitCodes.usage);
  }
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
      await showPage(command, terminal, path, {
        forPeople: keptTable,
        empty: 'Every delivery could be read and mapped: none is kept.',
      });
    });
  intake
    .command('try <mapping> <file>')
    .description(
      'show what a file of JSON would open by a mapping of the policy; nothing is opened',
    )
    .action(async (mapping: string, path: string, _options: unknown, command: Command) => {
      const address = `/api/v1/intake/generic/${encodeURIComponent(mapping)}?dryRun=true`;
      const file = { bytes: fileAt(path), mediaType: 'application/json' };
      const trial = (await clientOf(command, terminal).upload(address, file)) as IntakeTrialView;
      print(command, terminal, trial, () => trialLines(trial));
      if (trial.reason === null) return;
      throw new Failure(`it cannot be read, and would be kept: ${clean(trial.reason)}`);
    });
}
