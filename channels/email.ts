import { createTransport } from 'nodemailer';
import { SECOND } from '../domain/time.ts';
import { oneLine } from '../domain/html.ts';
import { messageId } from '../records/messageId.ts';
import { DeliveryError } from './channel.ts';
import type { Channel, OutboundMessage } from './channel.ts';

export interface EmailOptions {
  /** smtp://user:password@host:port, or smtps://. */
  readonly smtpUrl: string;
  readonly from: string;
  /** Its host is the right-hand side of message ids. */
  readonly publicUrl: string;
  /** PROVISOR_SECRET: nobody can guess message ids. */
  readonly secret: string;
  /** For the whole exchange. */
  readonly timeLimitMs?: number;
}

/** Repeats carry the same Message-ID, and what concerns one record refers to one id that stands for it, so that mail readers show it as one conversation. */
function threadOf({ key, event }: OutboundMessage, host: string, secret: string) {
  const record = `<${event.subject}@${host}>`;
  return {
    messageId: messageId(secret, key, host),
    inReplyTo: record,
    references: record,
  };
}

function toDeliveryError(error: unknown, timedOut: boolean, timeLimitMs: number): DeliveryError {
  const { responseCode, code, message } = error as Error & { responseCode?: number; code?: string };
  const text = timedOut
    ? `the mail server did not finish within ${timeLimitMs / SECOND} s`
    : oneLine(message);
  // 5xx is the server's last word about a mail; about a password or TLS it is not: the operator mends that, and pages must not be lost until then.
  const refused = code === 'EAUTH' || code === 'ETLS';
  const retryable = refused || responseCode === undefined || responseCode < 500;
  return new DeliveryError(text, { retryable, noDelivery: refused || !retryable, cause: error });
}

/** By which other programs know that they should not answer: RFC 3834 for most, Microsoft's word for Exchange. Reports that a mail did not arrive are wanted. */
const ANSWERED_BY_NO_PROGRAM = {
  'Auto-Submitted': 'auto-generated',
  'X-Auto-Response-Suppress': 'OOF, AutoReply, RN, NRN',
};

function isMailServer(url: string): boolean {
  return URL.canParse(url) && /^smtps?:$/.test(new URL(url).protocol);
}

/**
 * Sends mail over SMTP, a connection for each.
 * @throws Error when `smtpUrl` is no address of a mail server
 */
export function createEmailChannel(options: EmailOptions): Channel {
  const { smtpUrl, from, publicUrl, secret, timeLimitMs = 15 * SECOND } = options;
  const host = new URL(publicUrl).hostname;
  // Said without the address: it may hold a password, which Node's own error would show.
  if (!isMailServer(smtpUrl)) {
    throw new Error('SMTP_URL is no address such as smtp://user:password@mail.example.org:587');
  }
  const transport = createTransport({
    url: smtpUrl,
    // Or whoever takes STARTTLS out of the server's greeting reads the password. `?requireTLS=false` in the address comes after this, and wins.
    requireTLS: new URL(smtpUrl).password !== '',
    connectionTimeout: 5 * SECOND,
    greetingTimeout: 5 * SECOND,
    socketTimeout: 10 * SECOND,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(message, signal) {
      const { person, key } = message;
      const limit = AbortSignal.timeout(timeLimitMs);
      const mail = {
        ...threadOf(message, host, secret),
        from,
        to: { name: oneLine(person.name), address: person.address },
        subject: oneLine(message.subject),
        text: message.text,
        html: message.html,
        headers: { 'X-Provisor-Key': key, ...ANSWERED_BY_NO_PROGRAM },
        signal: AbortSignal.any([signal, limit]),
      };
      try {
        const { response } = await transport.sendMail(mail);
        return { detail: oneLine(response) };
      } catch (error) {
        throw toDeliveryError(error, limit.aborted, timeLimitMs);
      }
    },
  };
}
