import type { NewWording } from './channel.ts';
import { moreLinkOf } from './channel.ts';
import { cut } from './cut.ts';

/** Slack's own limits, in characters (Block Kit reference); what is longer would be refused. */
const HEADER = 150;
const SECTION = 3_000;
const FIELD = 2_000;
const FIELDS = 10;
const BUTTON = 75;

export interface BlockOptions {
  /** Whether Slack calls back when a button is pressed; else buttons are the links of the message. */
  readonly interactive: boolean;
  /** Whether one person alone reads it: only there stands the link with which that person answers. */
  readonly isPrivate: boolean;
}

/** Text as Slack's mrkdwn shows it: no mention, no link and no channel can be written with it (https://docs.slack.dev/messaging/formatting-message-text, escaping). */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** `verbatim`: names of people and channels, and addresses, in what strangers wrote stay mere text. */
function mrkdwn(text: string, most: number) {
  return { type: 'mrkdwn', text: cut(text, most), verbatim: true };
}

function plain(text: string, most: number) {
  return { type: 'plain_text', text: cut(text, most), emoji: false };
}

function button(
  id: string,
  label: string,
  does: { readonly value: string } | { readonly url: string },
) {
  const style = id === 'acknowledge' ? { style: 'primary' } : {};
  return { type: 'button', action_id: id, text: plain(label, BUTTON), ...style, ...does };
}

function buttons({ key, content }: NewWording, { interactive, isPrivate }: BlockOptions) {
  const answers = content.answers.flatMap(({ command, label, url }) => {
    if (interactive) return [button(command, label, { value: key })];
    return url === undefined ? [] : [button(command, label, { url })];
  });
  const more = isPrivate ? moreLinkOf(content) : [];
  const links = more.map(({ label, url }) => button('more', label, { url }));
  const open = button('open', 'Open', { url: content.url });
  return { type: 'actions', elements: [...answers, ...links, open] };
}

/** A message as Block Kit blocks (https://docs.slack.dev/reference/block-kit/blocks). The value of a button is the effect's key, which is worth nothing without Slack's signature. */
export function blocksOf(message: NewWording, options: BlockOptions): unknown[] {
  const { number, title, heading, says, quote, todo, rows } = message.content;
  const section = (text: string) => ({ type: 'section', text: mrkdwn(text, SECTION) });
  const quoted = quote.map((line) => `> ${escapeMrkdwn(line)}`).join('\n');
  const fields = rows
    .slice(0, FIELDS)
    .map(([name, value]) => mrkdwn(`*${escapeMrkdwn(name)}*\n${escapeMrkdwn(value)}`, FIELD));
  return [
    { type: 'header', text: plain(`${number}: ${title}`, HEADER) },
    section(`*${escapeMrkdwn(heading)}*\n${escapeMrkdwn(says)}`),
    ...(quoted === '' ? [] : [section(quoted)]),
    section(escapeMrkdwn(todo)),
    ...(fields.length === 0 ? [] : [{ type: 'section', fields }]),
    buttons(message, options),
    { type: 'context', elements: [plain(message.key, FIELD)] },
  ];
}
