import { z } from 'zod';
import { parseEffectKey } from '../../domain/ids.ts';
import type { EffectKey } from '../../domain/ids.ts';
import { answerCommands, buttonToken } from '../../records/answers.ts';
import type { AnswerCommand } from '../../records/answers.ts';
import { isSameSignature } from '../../records/signing.ts';
import { parsedJson } from './parsedJson.ts';

/** A button that somebody pressed in Mattermost. */
export interface MattermostAnswer {
  readonly command: AnswerCommand;
  readonly key: EffectKey;
  /** Who pressed it, by the word of the server that knows the button's token. */
  readonly user: string;
  /** The post with the button. */
  readonly post: string;
}

const schema = z.object({
  user_id: z.string().min(1),
  post_id: z.string().min(1),
  context: z.object({ key: z.string(), command: z.enum(answerCommands), token: z.string() }),
});

/**
 * Reads and verifies the body of an interactive message's call (https://developers.mattermost.com/integrate/plugins/interactive-messages).
 * Mattermost does not sign: the token in the button's context, which it keeps from its users, stands for that.
 * @param secret PROVISOR_SECRET
 * @returns undefined when it does not come from a button that was made here
 */
export function parseMattermostAction(secret: string, body: string): MattermostAnswer | undefined {
  const { data } = schema.safeParse(parsedJson(body));
  if (data === undefined) return undefined;
  const { command, token } = data.context;
  const key = parseEffectKey(data.context.key);
  if (key === undefined || !isSameSignature(token, buttonToken(secret, key, command))) {
    return undefined;
  }
  return { command, key, user: data.user_id, post: data.post_id };
}
