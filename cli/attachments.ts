import { readFileSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { AttachmentView } from '../api/contract.ts';
import { clientOf, print } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { local } from './times.ts';

/** What people attach most; anything else is bytes, unless --type says more. */
const mediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  log: 'text/plain',
  md: 'text/markdown',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  zip: 'application/zip',
};

function mediaTypeOf(file: string): string {
  const ending = extname(file).slice(1).toLowerCase();
  const known = Object.hasOwn(mediaTypes, ending) ? mediaTypes[ending] : undefined;
  return known ?? 'application/octet-stream';
}

function onDisk<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure(`${file}: ${(error as Error).message}`, exitCodes.usage);
  }
}

function attachmentTable(items: readonly AttachmentView[]): string {
  const rows = items.map((item) => [
    ...[String(item.id), clean(item.name), item.mediaType, String(item.size), item.visibility],
    ...[clean(item.addedBy), local(item.addedAt), item.erasedAt === null ? '' : 'erased'],
  ]);
  return table(['ID', 'NAME', 'TYPE', 'BYTES', 'FOR', 'BY', 'ADDED', ''], rows);
}

interface AttachOptions {
  readonly name?: string;
  readonly type?: string;
  readonly visibility?: string;
  readonly idempotencyKey?: string;
}

/** `attach`, `attachments` and `attachment` of a process's records. @param base the API's resource */
export function addAttachments(parent: Command, terminal: Terminal, base: string): void {
  const pathOf = (number: string): string => `${base}/${encodeURIComponent(number)}/attachments`;
  parent
    .command('attach <number> <file>')
    .description('add a file, of 10 MiB at most')
    .option('--name <name>', "the file's name (default: its own)")
    .option('--type <type>', 'its media type (default: by its ending)')
    .addOption(new Option('--visibility <who>', 'public (default) or internal'))
    .option('--idempotency-key <key>', 'the same key adds it once (default: a new one)')
    .action(async (number: string, file: string, options: AttachOptions, command: Command) => {
      const bytes = onDisk(file, () => readFileSync(file));
      const query = new URLSearchParams({ name: options.name ?? basename(file) });
      if (options.visibility !== undefined) query.set('visibility', options.visibility);
      const added = (await clientOf(command, terminal).upload(
        `${pathOf(number)}?${query.toString()}`,
        { bytes, mediaType: options.type ?? mediaTypeOf(file) },
        options,
      )) as AttachmentView;
      print(command, terminal, added, () => attachmentTable([added]));
    });
  parent
    .command('attachments <number>')
    .description('list its files')
    .action(async (number: string, _options: unknown, command: Command) => {
      const answer = (await clientOf(command, terminal).get(pathOf(number))) as {
        items: AttachmentView[];
      };
      print(command, terminal, answer, () => attachmentTable(answer.items));
    });
  parent
    .command('attachment <number> <id>')
    .description('save one of its files')
    .requiredOption('-o, --output <file>', 'where to; a file that is there is overwritten')
    .action(
      async (number: string, id: string, { output }: { output: string }, command: Command) => {
        const path = `${pathOf(number)}/${encodeURIComponent(id)}`;
        const bytes = await clientOf(command, terminal).bytes(path);
        onDisk(output, () => {
          writeFileSync(output, bytes);
        });
        terminal.err(`${bytes.length} bytes written to ${output}\n`);
      },
    );
}
