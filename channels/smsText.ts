import { digitOf, replyCode } from '../records/answers.ts';
import type { OutboundMessage } from './channel.ts';
import { moreLinkOf } from './channel.ts';
import { cut } from './cut.ts';

/** GSM 03.38: the basic alphabet, and the characters that take two places. Everything else makes the whole message UCS-2. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';

/** In each of several SMS. */
const PLACES = 153;

/** How many SMS a text becomes: 160 characters, or 70 in UCS-2; from the second on each gives up room for its place in the row. */
export function segmentsOf(text: string): number {
  let places = 0;
  for (const character of text) {
    if (BASIC.includes(character)) places += 1;
    else if (EXTENDED.includes(character)) places += 2;
    else return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
  }
  return places <= 160 ? 1 : Math.ceil(places / PLACES);
}

/** Each is paid for, and a carrier may drop one of many. */
const MOST_SEGMENTS = 3;

/** Marks of typography that would make a message UCS-2, twice as long, for nothing. */
const plainer: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚′]/g, "'"],
  [/[“”„″]/g, '"'],
  [/[‐‑‒–—]/g, '-'],
  [/…/g, '...'],
  [/[\u00A0\u2007\u202F]/g, ' '],
];

function plain(text: string): string {
  return plainer.reduce((result, [mark, by]) => result.replace(mark, by), text);
}

/**
 * A message as SMS: what it is about, how to answer by a reply, the link to the page with every answer, and the key. The title is cut so that it takes three SMS at most; what the
 * reader needs to answer never is.
 * @param secret PROVISOR_SECRET
 */
export function smsTextOf({ key, content }: OutboundMessage, secret: string): string {
  const { number, heading, title, answers } = content;
  const code = replyCode(secret, key);
  const replies = answers.map(({ command }) => `${digitOf(command)} ${code} to ${command}`);
  const compose = (about: string): string =>
    [
      plain(`${number} ${heading}: ${about}`),
      ...(replies.length === 0 ? [] : [`Reply ${replies.join(', ')}`]),
      ...moreLinkOf(content).map(({ url }) => url),
      key,
    ].join('\n');
  let most = Math.min(title.length, MOST_SEGMENTS * PLACES);
  while (most > 1 && segmentsOf(compose(cut(title, most))) > MOST_SEGMENTS) most -= 1;
  return compose(cut(title, most));
}
