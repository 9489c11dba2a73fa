import { z } from 'zod';
import { parseEffectKey } from '../../domain/ids.ts';
import type { EffectKey } from '../../domain/ids.ts';
import { answerCommands, buttonToken, IDENTIFY } from '../../records/answers.ts';
import type { AnswerCommand } from '../../records/answers.ts';
import { isSameSignature } from '../../records/signing.ts';
import { parsedJson } from './parsedJson.ts';

/** A button of a page that somebody pressed in Mattermost. */
export interface MattermostAnswer {
  readonly kind: 'answer';
  readonly command: AnswerCommand;
  readonly key: EffectKey;
  /** Who pressed it, by the word of the server that knows the button's token. */
  readonly user: string;
  /** The post with the button. */
  readonly post: string;
}

/** "This is me", pressed in a message with a code. */
export interface MattermostIdentity {
  readonly kind: 'identity';
  /** The contact method that the code was sent to, and which sending it was. */
  readonly method: string;
  readonly sending: string;
  readonly user: string;
}

const schema = z.object({
  user_id: z.string().min(1),
  post_id: z.string().min(1),
  context: z.object({
    key: z.string(),
    command: z.enum([...answerCommands, IDENTIFY]),
    token: z.string(),
  }),
});

/**
 * Reads and verifies the body of an interactive message's call (https://developers.mattermost.com/integrate/plugins/interactive-messages).
 * Mattermost does not sign: the token in the button's context, which it keeps from its users, stands for that.
 * @param secret PROVISOR_SECRET
 * @returns undefined when it does not come from a button that was made here
 */
export function parseMattermostAction(
  secret: string,
  body: string,
): MattermostAnswer | MattermostIdentity | undefined {
  const { data } = schema.safeParse(parsedJson(body));
  if (data === undefined) return undefined;
  const { user_id: user, post_id: post } = data;
  const { command, token, key: signedKey } = data.context;
  if (!isSameSignature(token, buttonToken(secret, signedKey, command))) return undefined;
  if (command === IDENTIFY) {
    const [, method = '', sending = ''] = signedKey.split('/');
    return { kind: 'identity', method, sending, user };
  }
  const key = parseEffectKey(signedKey);
  return key && { kind: 'answer', command, key, user, post };
}
