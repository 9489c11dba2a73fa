import { buttonToken, IDENTIFY } from '../records/answers.ts';
import type { AnswerCommand } from '../records/answers.ts';
import { callbackUrl } from '../records/callbacks.ts';
import type { EndedPage } from '../records/roundEnd.ts';
import type { Channel, OutboundMessage } from './channel.ts';
import { linksOf } from './channel.ts';
import { createExchange, requireAccepted } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';

export interface MattermostOptions extends ExchangeOptions {
  /** PROVISOR_SECRET: shows that a pressed button was made here. */
  readonly secret: string;
  /** Where Mattermost calls back; without a slash at the end. */
  readonly publicUrl: string;
}

/** The colour of what need not be looked at now. */
const QUIET = '#5d5d5d';

/** Breaks what a server takes for a mention; it is not seen. */
const ZERO_WIDTH_SPACE = '\u200B';

/** Text in which nobody is mentioned. */
function withoutMentions(text: string): string {
  return text.replaceAll('@', `@${ZERO_WIDTH_SPACE}`);
}

/**
 * Text as Mattermost's Markdown shows it: no link, image, channel or mention can be written with it. `<` and `>` become entities and are not only
 * escaped, for incoming webhooks also understand Slack's `<!channel>` and `<url|text>`.
 */
export function escapeMarkdown(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~:^$]/g, String.raw`\$&`)
    // An address becomes a link by itself also without its https.
    .replace(/(www\d*)\./gi, String.raw`$1\.`);
  return withoutMentions(escaped);
}

function actionsOf(
  { key, content, asksWho = false }: OutboundMessage,
  { secret, publicUrl }: MattermostOptions,
) {
  const answers: { command: AnswerCommand | typeof IDENTIFY; label: string }[] = [
    ...content.answers,
    ...(asksWho ? [{ command: IDENTIFY, label: 'This is me' } as const] : []),
  ];
  return answers.map(({ command, label }) => ({
    id: command,
    type: 'button',
    name: label,
    ...(command === 'acknowledge' ? { style: 'primary' } : {}),
    integration: {
      url: callbackUrl(publicUrl, 'mattermost', key),
      // The server keeps this from its users, and does not sign: who knows the token is that server.
      context: { key, command, token: buttonToken(secret, key, command) },
    },
  }));
}

function attachmentOf(message: OutboundMessage, options: MattermostOptions) {
  const { key, subject, content } = message;
  const { number, title, heading, says, quote, todo, rows, url, urgency } = content;
  const quoted = quote.map((line) => `> ${escapeMarkdown(line)}`).join('\n');
  const links = linksOf(content).map((link) => `[${link.label}](${link.url})`);
  return {
    fallback: withoutMentions(subject),
    color: urgency === 'interrupting' ? '#b3261e' : QUIET,
    title: escapeMarkdown(`${number}: ${title}`),
    title_link: url,
    text: [`**${escapeMarkdown(heading)}**`, says, quoted, todo, ...links]
      .filter((part) => part !== '')
      .join('\n\n'),
    fields: rows.map(([name, value]) => ({
      short: true,
      title: escapeMarkdown(name),
      value: escapeMarkdown(value),
    })),
    footer: key,
    actions: actionsOf(message, options),
  };
}

/**
 * What stands in place of a page that is over, for the answer to a pressed button (`update` of https://developers.mattermost.com/integrate/plugins/interactive-messages):
 * an incoming webhook cannot change what it posted.
 * @param publicUrl without a slash at the end
 */
export function endedPost(
  { effectKey, number, plural, title, says }: EndedPage,
  publicUrl: string,
): object {
  const attachment = {
    fallback: withoutMentions(`[${number}] ${says}`),
    color: QUIET,
    title: escapeMarkdown(`${number}: ${title}`),
    title_link: `${publicUrl}/api/v1/${plural}/${number}`,
    text: escapeMarkdown(says),
    footer: effectKey,
  };
  return { message: '', props: { attachments: [attachment] } };
}

/**
 * Posts to an incoming webhook of Mattermost, whose address is a secret. It drops no repeats: the message carries the key.
 * @throws Error when an entry of `allowed` is no network
 */
export function createMattermostChannel(options: MattermostOptions): Channel {
  const exchange = createExchange(options);
  return {
    async send(message, signal) {
      const request = {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ attachments: [attachmentOf(message, options)] }),
      };
      const answer = await exchange.post(message.person.address, request, signal);
      return { detail: requireAccepted(answer) };
    },
  };
}
