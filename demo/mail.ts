/** A mail as the demo's inbox shows it. */
export interface Mail {
  readonly id: number;
  readonly at: number;
  readonly to: string;
  readonly subject: string;
  /** The effect's key: a repeat has the same. */
  readonly key: string;
  readonly text: string;
}

/** Headers by lower-case name, continuation lines joined; and what follows them. */
function split(raw: string): { headers: Map<string, string>; body: string } {
  const end = /\r?\n\r?\n/.exec(raw);
  const head = end === null ? raw : raw.slice(0, end.index);
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { headers, body: end === null ? '' : raw.slice(end.index + end[0].length) };
}

function quotedPrintable(text: string): Buffer {
  const joined = text.replace(/=\r?\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
}

function decode(body: string, encoding = '7bit'): string {
  if (/^base64$/i.test(encoding)) return Buffer.from(body, 'base64').toString('utf8');
  if (/^quoted-printable$/i.test(encoding)) return quotedPrintable(body).toString('utf8');
  return Buffer.from(body, 'latin1').toString('utf8');
}

/** The encoded words of a header (RFC 2047). */
function words(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : quotedPrintable(word.replaceAll('_', ' ')).toString('utf8'),
    );
}

/** The plain text of a mail that has it as itself or as one of its alternatives. */
function plainText(raw: string): string {
  const { headers, body } = split(raw);
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) return decode(body, headers.get('content-transfer-encoding'));
  const parts = body.split(`--${boundary}`).slice(1, -1);
  const plain = parts.find((part) => /^content-type: text\/plain/im.test(part)) ?? parts[0] ?? '';
  return plainText(plain.replace(/^\r?\n/, ''));
}

/** @param raw as it came, a character a byte (`latin1`) */
export function parseMail(raw: string, id: number, at: number, to: string): Mail {
  const { headers } = split(raw);
  return {
    id,
    at,
    to,
    subject: words(headers.get('subject') ?? '(no subject)'),
    key: headers.get('x-provisor-key') ?? '',
    text: plainText(raw).replaceAll('\r\n', '\n').trim(),
  };
}
