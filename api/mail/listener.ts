import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Logger } from 'pino';
import { MINUTE, SECOND } from '../../domain/time.ts';
import type { Milliseconds } from '../../domain/time.ts';
import { IntakeRefused } from '../../records/alertIncident.ts';
import type { Engine } from '../../records/engine.ts';
import { createKeeper } from '../../records/intakeKept.ts';
import { createMailIntake, mailActor } from '../../records/mailIntake.ts';
import type { OwnMessageIds } from '../../records/mailIntake.ts';
import { isOfContent } from '../unavailable.ts';
import { createBudget } from './collect.ts';
import { createMailReader } from './readMail.ts';

const MAX_MAIL = 25 * 1024 * 1024;
/** Of all mails that are under way. */
const MAX_MEMORY = 100 * 1024 * 1024;
/** Of what cannot be read, so much is kept. */
const MAX_KEPT = 256 * 1024;
const MAX_CLIENTS = 50;
const SILENT_FOR = 30 * SECOND;
const CONNECTED_FOR = 5 * MINUTE;

export interface MailListenerOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
  /** Whether mail is taken from an address: SPF, DKIM and spam are the relay's business, so only relays are let in. */
  readonly isRelay: (address: string) => boolean;
  readonly messageIds: OwnMessageIds;
  /** PEM. With them STARTTLS is offered. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** A connection lasts so long at most, however slowly it sends: relays come again. */
  readonly connectedFor?: Milliseconds;
}

export interface MailListener {
  readonly port: number;
  close(): Promise<void>;
}

/** What the sending server is told (RFC 5321, 4.2; the code in the text is RFC 3463's). */
function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Takes mails in. `receive` tells what the sender is answered; it throws an error for it to try again. */
function createReceiver({ engine, logger, messageIds }: MailListenerOptions) {
  const reader = createMailReader();
  const takeIn = createMailIntake(engine, messageIds);
  const keep = createKeeper(engine);

  const keepUnread = async (original: Buffer, reason: string): Promise<string> => {
    const actor = mailActor(await engine.policies.active(engine.pool));
    const { number } = await keep('A mail', deliveryOf(original), reason, actor);
    return `kept, see ${number ?? 'the list of what was kept'}`;
  };
  const receive = async (original: Buffer, returnPath: string): Promise<string> => {
    const task = { bytes: original, returnPath };
    const mail = await reader.ask(task).catch((error: unknown) => error as Error);
    if (mail instanceof Error) return keepUnread(original, `it cannot be read: ${mail.message}`);
    try {
      const taken = await takeIn({ mail, original, delivery: deliveryOf(original) });
      if (taken.outcome === 'refused') throw reply(550, `5.7.1 ${taken.reason}`);
      logger.info({ outcome: taken.outcome, number: taken.number }, 'a mail came in');
      return taken.number === null ? taken.outcome : `${taken.outcome} ${taken.number}`;
    } catch (error) {
      if (!(error instanceof IntakeRefused) && !isOfContent(error)) throw error;
      return keepUnread(original, (error as Error).message);
    }
  };
  return { receive, close: () => reader.close() };
}

function deliveryOf(original: Buffer) {
  return {
    contentType: 'message/rfc822',
    size: original.length,
    hash: createHash('sha256').update(original).digest(),
    bytes: original.subarray(0, MAX_KEPT),
  };
}

/**
 * Listens for mail from relays. A mail is answered 250 when its record is stored, and 451 while that is not possible, so that its sender keeps it and
 * comes again.
 */
export async function startMailListener(options: MailListenerOptions): Promise<MailListener> {
  const { logger, host, port, isRelay, messageIds, tls, connectedFor = CONNECTED_FOR } = options;
  const receiver = createReceiver(options);
  const budget = createBudget(MAX_MEMORY);

  const answer = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const { mailFrom } = session.envelope;
    const original = await budget.collect(stream);
    return `2.0.0 ${await receiver.receive(original, mailFrom === false ? '' : mailFrom.address)}`;
  };
  const ends = new Map<string, NodeJS.Timeout>();
  const hangUp = (id: string): void => {
    for (const connection of server.connections) if (connection.id === id) connection.close();
  };
  const server = new SMTPServer({
    name: messageIds.host,
    banner: 'Provisor',
    size: MAX_MAIL,
    rejectOversized: true,
    maxClients: MAX_CLIENTS,
    socketTimeout: SILENT_FOR,
    closeTimeout: 5 * SECOND,
    disableReverseLookup: true,
    disabledCommands: tls === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...tls,
    onConnect({ id, remoteAddress }, done) {
      if (isRelay(remoteAddress)) {
        ends.set(id, setTimeout(hangUp, connectedFor, id));
        done();
        return;
      }
      logger.warn({ remoteAddress }, 'mail from an address that is not in SMTP_LISTEN_FROM');
      done(reply(554, '5.7.1 You are no relay of this server'));
    },
    onClose({ id }) {
      clearTimeout(ends.get(id));
      ends.delete(id);
    },
    onData(stream, session, done) {
      answer(stream, session).then(
        (text) => {
          done(null, text);
        },
        (error: unknown) => {
          if ((error as { responseCode?: number }).responseCode !== undefined) {
            done(error as Error);
            return;
          }
          logger.warn(
            { err: error },
            'a mail could not be taken: its sender is told to come again',
          );
          done(reply(451, '4.3.0 Not possible now, try again later'));
        },
      );
    },
  });
  server.on('error', (error) => {
    logger.debug({ err: error }, 'a mail connection broke');
  });
  server.listen(port, host);
  await once(server.server, 'listening');
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      await new Promise<void>((closed) => {
        server.close(() => {
          closed();
        });
      });
      await receiver.close();
    },
  };
}
