import { escapeHtml, oneLine } from '../domain/html.ts';
import { digitOf } from '../records/answers.ts';
import type { Content } from './channel.ts';
import { cut } from './cut.ts';

/** Text in XML 1.0: on one line, and without characters that XML cannot hold, which would make the provider refuse the whole. */
export function escapeXml(text: string): string {
  return escapeHtml(oneLine(text).replace(/\p{Cs}|[\uFFFE\uFFFF]/gu, '\uFFFD'));
}

/** Nobody listens to more before pressing a key. */
const LONGEST_TITLE = 200;

/** `INC-1042` as `I N C 1 0 4 2`, or it is read as a word and a thousand. */
function spelled(number: string): string {
  return number.replaceAll('-', '').split('').join(' ');
}

const response = (verbs: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;

/**
 * What a call says, as TwiML (https://www.twilio.com/docs/voice/twiml). It says it three times, and takes a key at any time.
 * @param action where the pressed key is posted
 */
export function callTwiml(content: Content, action: string): string {
  const { number, heading, title, answers } = content;
  const keys = answers.map(
    ({ command, label }) => `To ${label.toLowerCase()}, press ${digitOf(command)}.`,
  );
  const words = [`${heading}.`, `${spelled(number)}.`, `${cut(title, LONGEST_TITLE)}.`, ...keys];
  const say = `<Say language="en-GB" loop="3">${escapeXml(words.join(' '))}</Say>`;
  const gather = `<Gather input="dtmf" numDigits="1" timeout="10" method="POST" action="${escapeXml(action)}">${say}</Gather>`;
  return response(keys.length === 0 ? say : gather);
}

/** What is said to somebody who pressed a key; then the call ends. */
export function sayTwiml(words: string): string {
  return response(`<Say language="en-GB">${escapeXml(words)}</Say>`);
}

/** What is answered to an SMS (https://www.twilio.com/docs/messaging/twiml); undefined: nothing. */
export function replyTwiml(words: string | undefined): string {
  return response(words === undefined ? '' : `<Message>${escapeXml(words)}</Message>`);
}
