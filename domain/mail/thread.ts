import { parseEffectKey, parseRecordNumber } from '../ids.ts';
import type { EffectKey, RecordNumber } from '../ids.ts';
import type { IncomingMail } from './mail.ts';

/** What stands before the @ of one of our Message-IDs; undefined for others' ones. */
function ownPart(id: string, host: string): string | undefined {
  const at = id.lastIndexOf('@');
  return id.slice(at + 1).toLowerCase() === host.toLowerCase() ? id.slice(0, at) : undefined;
}

/** `INC-1042.3.0` and a mark; those of earlier versions have none. */
const OWN = /^([^.]+\.[^.]+\.[^.]+)(?:\.([\da-f]{32}))?$/i;

/** The message of ours that a Message-ID names, and the mark that shows whether it was sent; see records/messageId.ts, which makes them. */
export function ownMessage(
  id: string,
  host: string,
): { readonly key: EffectKey; readonly mark: string | undefined } | undefined {
  const [, name = '', mark] = OWN.exec(ownPart(id, host) ?? '') ?? [];
  const key = parseEffectKey(name.replaceAll('.', '/'));
  return key && { key, mark: mark?.toLowerCase() };
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
