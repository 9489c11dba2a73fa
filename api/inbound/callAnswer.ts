import { parseEffectKey } from '../../domain/ids.ts';
import type { EffectKey } from '../../domain/ids.ts';
import { commandOfDigit } from '../../records/answers.ts';
import type { AnswerCommand } from '../../records/answers.ts';

/** A key that somebody pressed in a call. We have called them, so the number is not forged. */
export interface CallAnswer {
  readonly command: AnswerCommand;
  readonly key: EffectKey;
  readonly providerId: string;
}

/**
 * Reads what the provider posts when a key was pressed, whose signature over address and form has been verified.
 * @param query of the address: it names the message
 * @returns undefined for a key that means nothing
 */
export function parseCallAnswer(
  query: URLSearchParams,
  parameters: URLSearchParams,
): CallAnswer | undefined {
  const key = parseEffectKey(query.get('key') ?? '');
  const command = commandOfDigit(parameters.get('Digits') ?? '');
  const providerId = parameters.get('CallSid');
  if (key === undefined || command === undefined || providerId === null) return undefined;
  return { command, key, providerId };
}
