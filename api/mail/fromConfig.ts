import type { Logger } from 'pino';
import { withinNetworks } from '../../channels/addresses.ts';
import type { Config } from '../../config.ts';
import type { Engine } from '../../records/engine.ts';
import { startMailListener } from './listener.ts';
import type { MailListener } from './listener.ts';

/** Listens for mail as the environment says; undefined when it says nothing of it. @param secret PROVISOR_SECRET @throws Error for settings that do not go together */
export async function startMailOf(
  config: Config,
  secret: string,
  engine: Engine,
  logger: Logger,
): Promise<MailListener | undefined> {
  const { SMTP_LISTEN, SMTP_LISTEN_FROM, SMTP_LISTEN_CERT: cert, SMTP_LISTEN_KEY: key } = config;
  if (SMTP_LISTEN === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error('SMTP_LISTEN_CERT and SMTP_LISTEN_KEY belong together: set both or none');
  }
  const colon = SMTP_LISTEN.lastIndexOf(':');
  const listener = await startMailListener({
    ...{ engine, logger },
    host: SMTP_LISTEN.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(SMTP_LISTEN.slice(colon + 1)),
    isRelay: withinNetworks(SMTP_LISTEN_FROM, 'SMTP_LISTEN_FROM'),
    messageIds: {
      host: new URL(config.publicUrl).hostname,
      secrets: [secret, config.PROVISOR_SECRET_PREVIOUS].filter((one) => one !== undefined),
    },
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
  });
  logger.info({ address: SMTP_LISTEN, from: SMTP_LISTEN_FROM }, 'mail is taken');
  return listener;
}
