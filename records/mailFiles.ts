import type { Queryable } from '../db/pool.ts';
import type { IncomingMail, MailFile } from '../domain/mail/mail.ts';
import { isFileName, isMediaType, mendText } from '../domain/text.ts';
import { attachIn } from './attachments.ts';
import type { NewFile } from './attachments.ts';
import type { Engine } from './engine.ts';
import type { Request } from './request.ts';

const MAX_FILE = 10 * 1024 * 1024;
const MAX_FILES = 20;
const MAX_NAME = 200;

function nameOf({ name }: MailFile, index: number): string {
  const given = mendText((name ?? '').split(/[/\\]/).at(-1) ?? '').slice(0, MAX_NAME);
  return isFileName(given) && given === mendText(given) ? given : `attachment-${index + 1}`;
}

function fileOf(file: MailFile, index: number, visibility: NewFile['visibility']): NewFile {
  return {
    name: nameOf(file, index),
    mediaType: isMediaType(file.mediaType) ? file.mediaType : 'application/octet-stream',
    visibility,
    content: Buffer.from(file.content),
  };
}

/** The files of a mail that are added to a record, and the names of those that are not. */
export interface Sorted {
  readonly taken: readonly NewFile[];
  readonly left: readonly string[];
}

/**
 * What of a mail becomes attachments.
 * @param original the whole mail, when its text alone does not say all that came
 */
export function sortFiles(
  { files }: IncomingMail,
  original: Buffer | undefined,
  visibility: NewFile['visibility'],
): Sorted {
  const all = files
    .filter(({ content }) => content.length > 0)
    .map((file, index) => fileOf(file, index, visibility));
  const whole: NewFile[] =
    original === undefined
      ? []
      : [{ name: 'mail.eml', mediaType: 'message/rfc822', visibility, content: original }];
  const wanted = [...all.slice(0, MAX_FILES), ...whole];
  const taken = wanted.filter(({ content }) => content.length <= MAX_FILE);
  const left = [...all, ...whole].filter((file) => !taken.includes(file)).map(({ name }) => name);
  return { taken, left };
}

/** Adds files to a record. @returns the names of those that a rule refuses: it has too many */
export async function addFiles(
  engine: Engine,
  tx: Queryable,
  number: string,
  files: readonly NewFile[],
  request: Request,
): Promise<string[]> {
  const refused: string[] = [];
  for (const file of files) {
    const added = await attachIn(engine, tx, number, file, request);
    if (!added.ok) refused.push(file.name);
  }
  return refused;
}
