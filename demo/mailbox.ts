import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { parseMail } from './mail.ts';
import type { Mail } from './mail.ts';

const MOST = 200;
/** How long a mail that is held back waits for its sender to die. Below the sender's own limit. */
const HOLD_MS = 8_000;

export interface Mailbox {
  readonly port: number;
  /** The latest first. */
  mails(): readonly Mail[];
  /** The next mail is taken off the wire and never answered; `then` hears of it. Its sender does not know whether it arrived. */
  holdNext(then: (mail: Mail) => void): void;
  close(): Promise<void>;
}

/** The demo's mail server: takes every mail, on loopback only, and keeps the latest in memory. @param onMail hears of each that was taken */
export async function startMailbox(port: number, onMail: (mail: Mail) => void): Promise<Mailbox> {
  const mails: Mail[] = [];
  let held: ((mail: Mail) => void) | undefined;
  let count = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: 1024 * 1024,
    closeTimeout: 50,
    onData(stream, session, done) {
      buffer(stream).then(
        (bytes) => {
          const to = session.envelope.rcptTo.map(({ address }) => address).join(', ');
          const mail = parseMail(bytes.toString('latin1'), ++count, Date.now(), to);
          if (held !== undefined) {
            const then = held;
            held = undefined;
            setTimeout(() => {
              done(Object.assign(new Error('Try again later'), { responseCode: 451 }));
            }, HOLD_MS).unref();
            then(mail);
            return;
          }
          mails.unshift(mail);
          mails.length = Math.min(mails.length, MOST);
          done();
          onMail(mail);
        },
        (error: unknown) => {
          done(error as Error);
        },
      );
    },
  });
  // A sender that was killed breaks its connection: that is what the demo is about.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    mails: () => mails,
    holdNext(then) {
      held = then;
    },
    close: () =>
      new Promise((closed) => {
        server.close(closed);
      }),
  };
}
