import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: readonly string[];
  readonly key: string | undefined;
  readonly subject: string | undefined;
  /** The whole mail, transfer encoding undone. */
  readonly content: string;
}

export interface Mailbox {
  readonly url: string;
  readonly mails: Mail[];
  close(): Promise<void>;
}

function header(mail: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(mail)?.[1]?.trim();
}

/** A real mail server on loopback that keeps what it gets. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 50,
    onData(stream, session, done) {
      text(stream).then(
        (raw) => {
          const content = raw
            .replace(/=\r?\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
          const to = session.envelope.rcptTo.map(({ address }) => address);
          mails.push({
            to,
            key: header(raw, 'X-Provisor-Key'),
            subject: header(raw, 'Subject'),
            content,
          });
          done();
        },
        (error: unknown) => {
          done(error as Error);
        },
      );
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () =>
      new Promise((closed) => {
        server.close(closed);
      }),
  };
}
