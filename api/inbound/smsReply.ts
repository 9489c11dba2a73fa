import { commandOfDigit } from '../../records/answers.ts';
import type { AnswerCommand } from '../../records/answers.ts';

/** What a text that somebody sent means. `code` says which message it answers: see `replyCode`. */
export type SmsMeaning =
  | { readonly kind: 'answer'; readonly command: AnswerCommand; readonly code: string }
  /** No SMS may be sent to that number any more: the provider refuses it. */
  | { readonly kind: 'optOut' }
  | { readonly kind: 'optIn' }
  | { readonly kind: 'help' }
  /** Nothing that is understood. */
  | { readonly kind: 'other' };

export interface SmsReply {
  /** The same when the provider tells it again. */
  readonly providerId: string;
  /** The number it claims to come from: anybody can forge it, so it proves nothing without the code. */
  readonly from: string;
  readonly meaning: SmsMeaning;
}

/** The words that carriers demand and providers act on (https://help.twilio.com/articles/223134027). */
const optOut = ['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'revoke'];
const optIn = ['start', 'yes', 'unstop'];
const help = ['help', 'info'];

const words = new Map<string, AnswerCommand>([
  ['ack', 'acknowledge'],
  ['acknowledge', 'acknowledge'],
  ['esc', 'escalate'],
  ['escalate', 'escalate'],
]);

/** `1 482716`, `1482716`, `Ack 482716.` */
const ANSWER = /^(\d|[a-z]+)[\s:,.#-]*(\d{4,6})[\s.!]*$/;

/** What a text means: a command's digit or name and a code, or one of the carriers' words alone. */
export function meaningOf(text: string): SmsMeaning {
  const said = text.trim().toLowerCase();
  const [, first = '', code = ''] = ANSWER.exec(said) ?? [];
  const command = commandOfDigit(first) ?? words.get(first);
  if (command !== undefined) return { kind: 'answer', command, code };
  const word = said.replace(/[\s.!]+$/, '');
  if (optOut.includes(word)) return { kind: 'optOut' };
  if (optIn.includes(word)) return { kind: 'optIn' };
  return help.includes(word) ? { kind: 'help' } : { kind: 'other' };
}

/** The provider's own reading of the carriers' words, which an account may have changed, comes first. */
const byProvider = new Map<string, SmsMeaning>([
  ['STOP', { kind: 'optOut' }],
  ['START', { kind: 'optIn' }],
  ['HELP', { kind: 'help' }],
]);

/** Reads an SMS that came in, whose signature has been verified. @returns undefined when it is none */
export function parseSmsReply(parameters: URLSearchParams): SmsReply | undefined {
  const providerId = parameters.get('MessageSid');
  const from = parameters.get('From');
  if (providerId === null || from === null) return undefined;
  const read = byProvider.get(parameters.get('OptOutType') ?? '');
  return { providerId, from, meaning: read ?? meaningOf(parameters.get('Body') ?? '') };
}
