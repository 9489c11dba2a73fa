import { parseEffectKey, parseRecordNumber } from '../ids.ts';
import type { EffectKey, RecordNumber } from '../ids.ts';
import type { IncomingMail } from './mail.ts';

/** What stands before the @ of one of our Message-IDs; undefined for others' ones. */
function ownPart(id: string, host: string): string | undefined {
  const at = id.lastIndexOf('@');
  return id.slice(at + 1).toLowerCase() === host.toLowerCase() ? id.slice(0, at) : undefined;
}

/** The message of ours that a Message-ID names; see channels/email.ts, which makes them. */
export function effectOf(id: string, host: string): EffectKey | undefined {
  return parseEffectKey(ownPart(id, host)?.replaceAll('.', '/') ?? '');
}

function recordOf(id: string, host: string): RecordNumber | undefined {
  return parseRecordNumber(ownPart(id, host)?.split('.')[0] ?? '');
}

/** `[INC-1042]`, as our own subjects have it. */
function ofSubject(subject: string): RecordNumber | undefined {
  return parseRecordNumber(/\[([A-Z]{2,5}-\d{1,16})\]/.exec(subject)?.[1] ?? '');
}

/**
 * The record that a mail speaks of: by the messages of ours that it answers, else by its subject. Anybody can write such an id: whether it belongs
 * there depends on who sent it.
 */
export function referredRecord(
  { references, subject }: Pick<IncomingMail, 'references' | 'subject'>,
  host: string,
): RecordNumber | undefined {
  for (const id of references) {
    const number = recordOf(id, host);
    if (number !== undefined) return number;
  }
  return ofSubject(subject);
}
