import type { Command } from 'commander';
import type { ChannelList, ChannelTestView } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { Failure } from './failure.ts';
import { showPage } from './lists.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const BASE = '/api/v1/channels';

function channelTable({ items }: ChannelList): string {
  const rows = items.map(({ name, kind, unavailable }) => [
    ...[clean(name), kind, unavailable === null ? 'ready' : clean(unavailable)],
  ]);
  return table(['CHANNEL', 'KIND', 'STATE'], rows);
}

/** @throws Failure when the receiver did not take it */
function tested({ channel, accepted, detail }: ChannelTestView): string {
  if (accepted === true) return `A test page went to ${clean(channel)}: ${clean(detail)}\n`;
  throw new Failure(`The test page did not get through to ${clean(channel)}: ${clean(detail)}`);
}

/** `provisor channel …`: the places that many people read. */
export function addChannel(program: Command, terminal: Terminal): void {
  const channel = program
    .command('channel')
    .description('the places that many people read, which the policy names');
  channel
    .command('list')
    .description('list them')
    .action((_options: unknown, command: Command) =>
      showPage(command, terminal, BASE, {
        forPeople: channelTable,
        empty: 'The policy names none: add them below "channels".',
      }),
    );
  channel
    .command('test <name>')
    .description('send a test page to one, now')
    .action(async (name: string, _options: unknown, command: Command) => {
      const path = `${BASE}/${encodeURIComponent(name)}/test`;
      const answer = (await clientOf(command, terminal).post(path, {})) as ChannelTestView;
      print(command, terminal, answer, () => tested(answer));
    });
}
