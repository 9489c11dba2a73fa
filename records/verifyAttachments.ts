import type { AuditedEvent, AuditedFile, AuditedText } from '../db/auditRead.ts';
import type { Process } from '../domain/process.ts';
import { ATTACH } from './attachments.ts';
import type { Fault } from './fault.ts';

export interface AuditedAttachments {
  readonly number: string;
  readonly events: readonly AuditedEvent[];
  readonly texts: ReadonlyMap<string, AuditedText>;
  /** Ids of the texts that redactions erased: a file goes with its digest. */
  readonly erased: ReadonlySet<string>;
  readonly files: readonly AuditedFile[];
  readonly process: Process | undefined;
}

/** What is wrong with the bytes of the file that an event added; undefined when nothing is, or the text that holds their digest is at fault itself. */
function bytesFault(
  { texts, erased }: AuditedAttachments,
  digestId: string,
  digest: string | null,
): string | undefined {
  if (erased.has(digestId)) {
    return digest === null ? undefined : 'its file was redacted and is there again';
  }
  if (digest === null) return 'its file was erased without a redaction';
  const added = texts.get(digestId)?.body ?? digest;
  return digest === added ? undefined : 'the bytes of its file are not those that it added';
}

/** A record's files against the events that added them: the chain covers an event, the event its digest's text, and the text the bytes. Pure. */
export function attachmentFaults(audited: AuditedAttachments): Fault[] {
  const { number, events, files, process } = audited;
  const left = new Map(files.map((file) => [file.seq, file]));
  const faults: Fault[] = [];
  for (const { seq, type, organisation, data } of events) {
    if (type !== process?.commands[ATTACH]?.event) continue;
    const file = left.get(seq);
    left.delete(seq);
    const what =
      file === undefined
        ? 'its file is not there'
        : bytesFault(audited, String(data['sha256']), file.digest);
    if (what !== undefined) faults.push({ of: number, seq, what });
    if (file !== undefined && file.organisation !== organisation) {
      faults.push({ of: number, seq, what: 'its file is of another organisation' });
    }
  }
  const unknown = [...left.keys()].map((seq) => ({
    of: number,
    seq,
    what: 'there is a file that this event did not add',
  }));
  return [...faults, ...unknown];
}
