import { convert } from 'html-to-text';
import PostalMime, { addressParser } from 'postal-mime';
import type { Email } from 'postal-mime';
import type { IncomingMail, MailFile } from '../../domain/mail/mail.ts';
import { mendText } from '../../domain/text.ts';

/** More than people's programs make; a mail beyond it is kept as unreadable. */
const LIMITS = {
  maxNestingDepth: 30,
  maxHeadersSize: 256 * 1024,
  // Forwarded mails are files: what they say is not what their sender says.
  forceRfc822Attachments: true,
} as const;

/** UTF-16 units of HTML that are made text: hostile HTML takes time by the square of its length. */
const MAX_HTML = 200_000;
/** Far beyond what a record takes; what follows is in the whole mail, which is attached. */
const MAX_TEXT = 100_000;
const MOST_REFERENCES = 100;

function textOfHtml(html: string): string {
  return convert(html.slice(0, MAX_HTML), {
    wordwrap: false,
    limits: { maxDepth: 100, ellipsis: '…' },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ],
  });
}

/** `<a@b> <c@d>` without brackets. What is no Message-ID is left out. */
function idsOf(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/<([^<>\s\p{Cc}]{1,500})>/gu)].map(([, id]) => id ?? '');
}

/**
 * Who sent it. There is no address unless it names one sender, once (RFC 5322, 3.6.2): of several, the relay may have judged another one than
 * we would take.
 */
function senderOf({ headers }: Email): { name: string; address: string | undefined } {
  const given = headers.filter(({ key }) => key === 'from').map(({ value }) => value);
  const whole = given.join(', ');
  const [sender, ...others] = addressParser(whole, { flatten: true });
  const brackets = whole.replace(/"(?:[^"\\]|\\.)*"/g, '').split('<').length - 1;
  const isClean = !/[^\P{Cc}\t]/u.test(whole);
  const isOne = isClean && given.length === 1 && others.length === 0 && brackets <= 1;
  if (!isOne || !/^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(sender?.address ?? '')) {
    return { name: whole, address: undefined };
  }
  return { name: sender?.name ?? '', address: sender?.address?.toLowerCase() };
}

function fileOf({ filename, mimeType, content }: Email['attachments'][number]): MailFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
  return { name: filename, mediaType: mimeType, content: bytes };
}

/** The Message-IDs of mails that a report gives back, whole or by their headers alone (RFC 3462). */
function returnedIds(files: readonly MailFile[]): string[] {
  return files
    .filter(({ mediaType }) => ['message/rfc822', 'text/rfc822-headers'].includes(mediaType))
    .flatMap(({ content }) => {
      const head = Buffer.from(content.subarray(0, LIMITS.maxHeadersSize)).toString('latin1');
      const [headers = ''] = head.split(/\r?\n\r?\n/, 1);
      return idsOf(/^message-id:\s*(\S+)/im.exec(headers)?.[1]);
    });
}

/**
 * Reads a mail.
 * @param returnPath of the envelope; empty for a bounce
 * @throws Error when it is no mail, or one that is made to be hard to read
 */
export async function parseMail(bytes: Uint8Array, returnPath: string): Promise<IncomingMail> {
  const email = await PostalMime.parse(bytes, LIMITS);
  const headers = new Map(email.headers.toReversed().map(({ key, value }) => [key, value]));
  const files = email.attachments.map(fileOf);
  const isReport = /^multipart\/report\b/i.test(headers.get('content-type') ?? '');
  const sender = senderOf(email);
  const plain = email.text ?? '';
  const isPlain = plain.trim() !== '' || email.html === undefined;
  return {
    returnPath,
    from: sender.address,
    fromName: sender.name,
    messageId: idsOf(email.messageId)[0],
    references: [
      ...idsOf(email.inReplyTo),
      ...idsOf(email.references).toReversed(),
      ...(isReport ? returnedIds(files) : []),
    ].slice(0, MOST_REFERENCES),
    subject: email.subject ?? '',
    text: mendText((isPlain ? plain : textOfHtml(email.html ?? '')).slice(0, MAX_TEXT)),
    isPlain,
    headers,
    files,
  };
}
