import type { Command } from 'commander';
import type { OnCallList, OnCallWarningList } from '../api/contract.ts';
import { show } from './scheduleContext.ts';
import { onCallTable } from './scheduleLines.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local, momentOf } from './times.ts';

interface OnCallOptions {
  readonly at?: string;
  readonly person?: string;
}

function warningTable({ items }: OnCallWarningList): string {
  if (items.length === 0) return 'Every shift of the coming week can be paged.\n';
  const rows = items.map(({ schedule, name, why, from, to, told }) => [
    ...[local(from), local(to), schedule, clean(name ?? 'nobody'), clean(why)],
    told
      .map(
        ({ person, namedChannel, channel, state }) =>
          `${person ?? namedChannel ?? ''} by ${channel} (${state})`,
      )
      .join(', ') || '–',
  ]);
  return table(['FROM', 'TO', 'SCHEDULE', 'WHO', 'WHY', 'TOLD'], rows);
}

/** `provisor on-call`: who is on call everywhere; `provisor on-call warnings`: what is not covered. */
export function addOnCall(program: Command, terminal: Terminal): void {
  program
    .command('on-call')
    .description('who is on call, in all schedules')
    .option('--at <time>', 'default: now')
    .option('--person <person>', 'only where this person is on call')
    .action(({ at, person }: OnCallOptions, command: Command) => {
      const query = new URLSearchParams({
        ...(at === undefined ? {} : { at: momentOf(at) }),
        ...(person === undefined ? {} : { person }),
      });
      const path = `/api/v1/on-call?${query.toString()}`;
      return show(command, terminal, path, ({ items }: OnCallList) => onCallTable(items));
    })
    .command('warnings')
    .description('shifts of the coming week that no page would reach, and gaps')
    .action((_options: unknown, command: Command) =>
      show(command, terminal, '/api/v1/on-call/warnings', warningTable),
    );
}
