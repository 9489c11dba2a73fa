import { linksOf } from './channel.ts';
import type { Channel, OutboundMessage } from './channel.ts';
import { cut } from './cut.ts';
import { createExchange, requireAccepted } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';

/** Teams refuses a message of more than 28 KB. */
const LONGEST_QUOTE = 2_000;

interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Large';
}

/** A run of text: unlike a TextBlock or a fact it knows no Markdown, so nothing that strangers wrote is a link or a mention. */
function run(text: string, style: Omit<TextRun, 'type' | 'text'> = {}): TextRun {
  return { type: 'TextRun', text, ...style };
}

function line(...inlines: TextRun[]) {
  return { type: 'RichTextBlock', inlines };
}

/** An Adaptive Card (https://adaptivecards.io/explorer, 1.4: what Teams shows everywhere). */
function cardOf({ key, subject, content }: OutboundMessage) {
  const { number, title, heading, says, quote, todo, rows, url } = content;
  const open = (text: string, to: string) => ({ type: 'Action.OpenUrl', title: text, url: to });
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: subject,
    msteams: { width: 'Full' },
    body: [
      line(run(`${number}: ${title}`, { weight: 'Bolder', size: 'Large' })),
      line(run(heading, { weight: 'Bolder' })),
      line(run(says)),
      ...(quote.length === 0 ? [] : [line(run(cut(quote.join('\n'), LONGEST_QUOTE)))]),
      line(run(todo)),
      ...rows.map(([name, value]) => line(run(`${name}  `, { weight: 'Bolder' }), run(value))),
      line(run(key)),
    ],
    actions: [...linksOf(content).map((link) => open(link.label, link.url)), open('Open', url)],
  };
}

/**
 * Posts an adaptive card to a workflow of Microsoft Teams ("When a Teams webhook request is received"). Its address is a secret, and it drops no repeats: the card carries the key.
 * @throws Error when an entry of `allowed` is no network
 */
export function createTeamsChannel(options: ExchangeOptions): Channel {
  const exchange = createExchange(options);
  return {
    async send(message, signal) {
      const card = {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: cardOf(message),
      };
      const request = {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'message', attachments: [card] }),
      };
      const answer = await exchange.post(message.person.address, request, signal);
      return { detail: requireAccepted(answer) };
    },
  };
}
