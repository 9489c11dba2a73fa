import type { IncomingMail } from './mail.ts';
import { ownMessage } from './thread.ts';

type Told = Pick<IncomingMail, 'headers' | 'returnPath'>;

/** RFC 3834, 5: every value but `no` says that no person wrote it. */
function isAutoSubmitted({ headers }: Told): boolean {
  const value = headers.get('auto-submitted');
  return value !== undefined && !/^\s*no\b/i.test(value);
}

/** Older programs say it so (RFC 2076, 3.9). */
function isBulk({ headers }: Told): boolean {
  return /^\s*(bulk|junk|list|auto_reply)\b/i.test(headers.get('precedence') ?? '');
}

/** Microsoft's word for a mail that wants no automatic answer: programs and their automatic answers carry it, what people write does not. */
function suppressesAnswers({ headers }: Told): boolean {
  return /\b(all|oof|autoreply)\b/i.test(headers.get('x-auto-response-suppress') ?? '');
}

/** A mailing list's (RFC 2919). */
function isOfList({ headers }: Told): boolean {
  return headers.has('list-id');
}

/** A delivery report or a receipt (RFC 3462, RFC 8098): some come with a return path. */
function isReport({ headers }: Told): boolean {
  return /^\s*multipart\/report\b/i.test(headers.get('content-type') ?? '');
}

const OLDER = ['x-autoreply', 'x-autorespond', 'x-autoresponse', 'x-auto-reply', 'x-loop'];

/** Why a mail is no person's: undefined when nothing says so. An answer to it could go back and forth for ever, so it opens nothing. */
export function automaticBecause(mail: Told): string | undefined {
  if (mail.returnPath === '')
    return 'it has no return path, as bounces and automatic answers have none';
  if (isAutoSubmitted(mail)) return 'it says that it was sent by a program (Auto-Submitted)';
  if (isBulk(mail)) return 'it says that it goes to many (Precedence)';
  if (isOfList(mail)) return 'it comes from a mailing list (List-Id)';
  if (isReport(mail)) return 'it is a report or a receipt (multipart/report)';
  if (suppressesAnswers(mail)) return 'it wants no automatic answer (X-Auto-Response-Suppress)';
  if (OLDER.some((name) => mail.headers.has(name)))
    return 'it says that it is an automatic answer, or went through a program that answers';
  return undefined;
}

/**
 * Whether a mail is one of ours that came back.
 * @param host on the right-hand side of our Message-IDs. Others may have the same: what stands before it must be ours too
 */
export function isOurOwn(
  { headers, messageId }: Pick<IncomingMail, 'headers' | 'messageId'>,
  host: string,
): boolean {
  return headers.has('x-provisor-key') || ownMessage(messageId ?? '', host) !== undefined;
}
