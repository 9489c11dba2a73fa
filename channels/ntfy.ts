import { z } from 'zod';
import { answerLinksOf, DeliveryError, moreLinkOf } from './channel.ts';
import type { Channel, OutboundMessage } from './channel.ts';
import { cut } from './cut.ts';
import { createExchange, jsonOf, requireAccepted } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';

export interface NtfyOptions extends ExchangeOptions {
  /** NTFY_URL: the server. */
  readonly url: string;
  /** NTFY_TOKEN: sent to that server only. */
  readonly token: string | undefined;
}

/** In bytes; ntfy turns a longer message into an attachment. */
const LONGEST_MESSAGE = 4_096;
/** Of UTF-8, a UTF-16 unit takes three bytes at most. */
const LONGEST_TEXT = Math.floor(LONGEST_MESSAGE / 3);
const LONGEST_TITLE = 250;

/** ntfy's priorities are 1 to 5: 5 rings through "do not disturb" where the user lets it, 3 is the default. */
const priorities = { interrupting: 5, deferrable: 3 } as const;

/** What a notification shows; the answers are its buttons. */
function textOf({ says, quote, todo, rows }: OutboundMessage['content']): string {
  const lines = rows.map(([name, value]) => `${name}: ${value}`);
  return [says, ...quote.map((line) => `> ${line}`), todo, '', ...lines].join('\n');
}

/** The JSON form (https://docs.ntfy.sh/publish/#publish-as-json): nothing that strangers wrote is a header, and nothing is Markdown. */
function publication({ key, person, subject, content }: OutboundMessage) {
  return {
    topic: person.address,
    title: cut(subject, LONGEST_TITLE),
    message: cut(textOf(content), LONGEST_TEXT),
    priority: priorities[content.urgency],
    click: content.url,
    // From ntfy 2.16 on a repeat takes the place of the notification before it; older servers do not know the field.
    sequence_id: key.replaceAll('/', '-'),
    actions: [
      // A POST answers at once; opening the link, as a scanner might, answers nothing.
      ...answerLinksOf(content).map(({ label, url }) => ({
        action: 'http',
        label,
        url,
        method: 'POST',
        clear: true,
      })),
      ...moreLinkOf(content).map(({ label, url }) => ({ action: 'view', label, url })),
      { action: 'view', label: 'Open', url: content.url },
    ],
  };
}

const published = z.object({ id: z.string().min(1) });

/**
 * Publishes to a topic of an ntfy server. A topic is as good as a password.
 * @throws Error when an entry of `allowed` is no network
 */
export function createNtfyChannel(options: NtfyOptions): Channel {
  const { url, token } = options;
  const exchange = createExchange(options);

  return {
    async send(message, signal) {
      if (!/^[-_A-Za-z0-9]{1,64}$/.test(message.person.address)) {
        const text = 'the ntfy topic has other characters than letters, digits, _ and -';
        throw new DeliveryError(text, { retryable: false });
      }
      const headers = {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const body = JSON.stringify(publication(message));
      const answer = await exchange.post(url, { headers, body }, signal);
      if (answer.status === 401 || answer.status === 403) {
        const text = `${answer.host} answered ${answer.status}: see to NTFY_TOKEN`;
        // The operator mends that, and pages must not be lost until then.
        throw new DeliveryError(text, { retryable: true, noDelivery: true });
      }
      const detail = requireAccepted(answer);
      const { data } = published.safeParse(jsonOf(answer));
      return data === undefined
        ? { detail }
        : { detail: `${detail}: ${data.id}`, providerId: data.id };
    },
  };
}
