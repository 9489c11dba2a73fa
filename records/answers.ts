import { sign } from './signing.ts';

/** What a page can be answered with from where it was read. Their places, from 1, are the keys to press: they only grow. */
export const answerCommands = ['acknowledge', 'escalate'] as const;
export type AnswerCommand = (typeof answerCommands)[number];

/** The button with which whoever reads a code says that they are its person. */
export const IDENTIFY = 'identify';

/** The key to press for an answer, on a telephone or at the start of a reply: `1`. */
export function digitOf(command: AnswerCommand): string {
  return String(answerCommands.indexOf(command) + 1);
}

export function commandOfDigit(digit: string): AnswerCommand | undefined {
  return answerCommands.find((command) => digitOf(command) === digit);
}

export function isAnswerCommand(text: string): text is AnswerCommand {
  return answerCommands.some((command) => command === text);
}

/**
 * Six digits that stand for one message to one person in a reply by SMS. The number that a reply comes from can be forged: this is what a forger does not know.
 * @param secret PROVISOR_SECRET
 * @param key the effect's
 */
export function replyCode(secret: string, key: string): string {
  return String(100_000 + (sign(secret, `reply:${key}`).readUIntBE(0, 6) % 900_000));
}

/**
 * Shows that a button which a chat server calls back with was made here, for servers that do not sign. They keep it from their users.
 * @param secret PROVISOR_SECRET
 */
export function buttonToken(
  secret: string,
  key: string,
  command: AnswerCommand | typeof IDENTIFY,
): string {
  return sign(secret, `button:${command}:${key}`).toString('base64url');
}
