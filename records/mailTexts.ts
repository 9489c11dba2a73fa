import { oneLine } from '../domain/html.ts';
import type { IncomingMail } from '../domain/mail/mail.ts';
import { mendText } from '../domain/text.ts';
import { cut } from './alertTexts.ts';

const MAX_TITLE = 200;
/** Of a comment and of a description; the parts around the text find room in what is left. */
export const MAX_MAIL_TEXT = 18_000;

/** The subject as a title. */
export function titleOf({ subject }: IncomingMail): string {
  const title = oneLine(mendText(subject));
  return title === '' ? 'A mail without a subject' : cut(title, MAX_TITLE);
}

/** Who sent a mail that no person of the policy has sent. */
export function senderLine({ from, fromName }: IncomingMail): string {
  const name = oneLine(mendText(fromName));
  const address = from ?? '(not one address)';
  return cut(name === '' ? `From: ${address}` : `From: ${name} <${address}>`, 500);
}

/** A mail's text between what is told of it. @param before lines of ours; `left` names files that are not attached */
export function bodyOf(
  text: string,
  { before = [], left = [] }: { before?: readonly string[]; left?: readonly string[] },
): string {
  const said = cut(mendText(text).trim(), MAX_MAIL_TEXT);
  const after =
    left.length === 0
      ? []
      : [cut(`Not attached, too large or too many: ${left.join(', ')}`, 1_000)];
  const parts = [before.join('\n'), said, ...after].filter((part) => part !== '');
  return parts.length === 0 ? '(The mail has no text.)' : parts.join('\n\n');
}
