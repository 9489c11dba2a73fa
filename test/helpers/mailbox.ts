import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { Gate } from './gate.ts';

export interface Mail {
  readonly to: readonly string[];
  /** Without its angle brackets. */
  readonly messageId: string | undefined;
  readonly key: string | undefined;
  readonly subject: string | undefined;
  /** The whole mail, transfer encoding undone. */
  readonly content: string;
}

/** What a mail server does on a bad day: it answers a mail that has come in whole with this reply code; stops at a gate. */
export type MailFault = number | Gate;

export interface Mailbox {
  readonly url: string;
  /** Those that it took, in order. */
  readonly mails: Mail[];
  /** For the next mails, one each. */
  readonly faults: MailFault[];
  close(): Promise<void>;
}

function header(mail: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(mail)?.[1]?.trim();
}

/** A real mail server on loopback that keeps what it gets. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const faults: MailFault[] = [];

  async function holdUnread(): Promise<void> {
    const [fault] = faults;
    if (typeof fault !== 'object' || fault.at !== 'unread') return;
    faults.shift();
    await fault.pass();
  }

  async function take(raw: string, to: readonly string[]): Promise<void> {
    const fault = faults.shift();
    if (typeof fault === 'number') {
      throw Object.assign(new Error('not taken'), { responseCode: fault });
    }
    const content = raw
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    mails.push({
      to,
      messageId: header(raw, 'Message-ID')?.replace(/^<|>$/g, ''),
      key: header(raw, 'X-Provisor-Key'),
      subject: header(raw, 'Subject'),
      content,
    });
    await fault?.pass();
  }

  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 50,
    onRcptTo(_address, _session, done) {
      holdUnread().then(() => {
        done();
      }, done);
    },
    onData(stream, { envelope }, done) {
      const to = envelope.rcptTo.map(({ address }) => address);
      text(stream)
        .then((raw) => take(raw, to))
        .then(() => {
          done();
        }, done);
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    faults,
    close: () =>
      new Promise((closed) => {
        server.close(closed);
      }),
  };
}
