import { convert } from 'html-to-text';
import PostalMime from 'postal-mime';
import type { Address, Email } from 'postal-mime';
import type { IncomingMail, MailFile } from '../../domain/mail/mail.ts';
import { mendText } from '../../domain/text.ts';

/** More than people's programs make; a mail beyond it is kept as unreadable. */
const LIMITS = {
  maxNestingDepth: 30,
  maxHeadersSize: 256 * 1024,
  // Forwarded mails are files: what they say is not what their sender says.
  forceRfc822Attachments: true,
} as const;

const MAX_HTML = 1024 * 1024;
const MOST_REFERENCES = 100;

function textOfHtml(html: string): string {
  return convert(html, {
    wordwrap: false,
    limits: { maxInputLength: MAX_HTML, maxDepth: 100, ellipsis: '…' },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ],
  });
}

/** `<a@b> <c@d>` without brackets. What is no Message-ID is left out. */
function idsOf(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/<([^<>\s]{1,500})>/g)].map(([, id]) => id ?? '');
}

function mailbox(address: Address | undefined): { name: string; address: string } | undefined {
  const found = address?.group?.[0] ?? address;
  if (found?.address === undefined || !/^[^@\s]+@[^@\s]+$/.test(found.address)) return undefined;
  return { name: found.name, address: found.address };
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
export async function parseMail(bytes: Buffer, returnPath: string): Promise<IncomingMail> {
  const email = await PostalMime.parse(bytes, LIMITS);
  const headers = new Map(email.headers.toReversed().map(({ key, value }) => [key, value]));
  const files = email.attachments.map(fileOf);
  const isReport = /^multipart\/report\b/i.test(headers.get('content-type') ?? '');
  const from = mailbox(email.from);
  const plain = email.text ?? '';
  const isPlain = plain.trim() !== '' || email.html === undefined;
  return {
    returnPath,
    from: from?.address.toLowerCase(),
    fromName: from?.name ?? '',
    messageId: idsOf(email.messageId)[0],
    references: [
      ...idsOf(email.inReplyTo),
      ...idsOf(email.references).toReversed(),
      ...(isReport ? returnedIds(files) : []),
    ].slice(0, MOST_REFERENCES),
    subject: email.subject ?? '',
    text: mendText(isPlain ? plain : textOfHtml(email.html ?? '')),
    isPlain,
    headers,
    files,
  };
}
