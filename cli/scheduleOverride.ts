import type { Command } from 'commander';
import type { MadeOverrideView, OverrideView } from '../api/contract.ts';
import { clientOf, globals, print } from './context.ts';
import { scheduleUrl, showList } from './scheduleContext.ts';
import { gapLines, overrideTable } from './scheduleLines.ts';
import type { Terminal } from './terminal.ts';
import { momentOf } from './times.ts';

interface OverrideOptions {
  readonly from: string;
  readonly to: string;
  readonly insteadOf?: string;
}

const kinds = {
  add: 'put somebody on call beside the others',
  remove: 'take somebody off call',
  replace: "put somebody in another's place, or in everybody's",
} as const;

async function make(
  kind: keyof typeof kinds,
  id: string,
  person: string,
  { from, to, insteadOf }: OverrideOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const body = {
    kind,
    person,
    from: momentOf(from),
    to: momentOf(to),
    ...(insteadOf === undefined ? {} : { insteadOf }),
  };
  const path = scheduleUrl(id, '/overrides');
  const made = (await clientOf(command, terminal).post(path, body)) as MadeOverrideView;
  print(command, terminal, made, () => overrideTable([made]));
  if (globals(command).json !== true) terminal.err(gapLines(made.gaps));
}

/** `provisor schedule override …`: exceptions. */
export function addScheduleOverride(schedule: Command, terminal: Terminal): void {
  const override = schedule.command('override').description('exceptions from a schedule');
  override
    .command('list <id>')
    .description('those that stand or come, the latest made first')
    .action((id: string, _options: unknown, command: Command) =>
      showList(command, terminal, scheduleUrl(id, '/overrides'), overrideTable),
    );
  for (const [kind, description] of Object.entries(kinds) as [keyof typeof kinds, string][]) {
    const made = override
      .command(`${kind} <id> <person>`)
      .description(description)
      .requiredOption('--from <time>', 'such as "2026-03-29 14:00"; now at the earliest')
      .requiredOption('--to <time>', 'its end');
    if (kind === 'replace') made.option('--instead-of <person>', 'left out: everybody');
    made.action((id: string, person: string, options: OverrideOptions, command: Command) =>
      make(kind, id, person, options, command, terminal),
    );
  }
  override
    .command('withdraw <id> <override>')
    .description('end one; what it did until now stays')
    .action(async (id: string, name: string, _options: unknown, command: Command) => {
      const path = scheduleUrl(id, `/overrides/${encodeURIComponent(name)}`);
      const ended = (await clientOf(command, terminal).delete(path)) as OverrideView;
      print(command, terminal, ended, () => overrideTable([ended]));
    });
}
