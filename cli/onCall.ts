import type { Command } from 'commander';
import type { OnCallList } from '../api/contract.ts';
import { show } from './scheduleContext.ts';
import { onCallTable } from './scheduleLines.ts';
import type { Terminal } from './terminal.ts';
import { momentOf } from './times.ts';

interface OnCallOptions {
  readonly at?: string;
  readonly person?: string;
}

/** `provisor on-call`: who is on call everywhere. */
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
    });
}
