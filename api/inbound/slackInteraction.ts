import { z } from 'zod';
import { parseEffectKey } from '../../domain/ids.ts';
import type { EffectKey } from '../../domain/ids.ts';
import { isAnswerCommand } from '../../records/answers.ts';
import type { AnswerCommand } from '../../records/answers.ts';
import { parsedJson } from './parsedJson.ts';

/** A button that somebody pressed in Slack. */
export interface SlackAnswer {
  readonly command: AnswerCommand;
  readonly key: EffectKey;
  /** Who pressed it: Slack has signed for that. */
  readonly user: string;
  readonly workspace: string | undefined;
  /** The message with the button, as the Slack channel names it. */
  readonly providerId: string;
  /** The same when Slack sends the press again. */
  readonly pressId: string;
  /** Where whoever pressed it can be answered. */
  readonly responseUrl: string | undefined;
}

const payloadSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().min(1) }),
  team: z.object({ id: z.string().min(1) }).nullish(),
  response_url: z.url().optional(),
  container: z.object({ channel_id: z.string().min(1), message_ts: z.string().min(1) }),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string() }))
    .length(1),
});

/**
 * Reads the body of an interaction (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload), whose signature has been verified.
 * @returns undefined for what is no answer to a message, such as a press of a button that is a link
 */
export function parseSlackInteraction(body: string): SlackAnswer | undefined {
  const payload = new URLSearchParams(body).get('payload');
  const { data } = payloadSchema.safeParse(parsedJson(payload));
  const [action] = data?.actions ?? [];
  if (data === undefined || action === undefined || !isAnswerCommand(action.action_id)) {
    return undefined;
  }
  const key = parseEffectKey(action.value ?? '');
  if (key === undefined) return undefined;
  const { user, team, container, response_url: responseUrl } = data;
  return {
    command: action.action_id,
    key,
    user: user.id,
    workspace: team?.id,
    providerId: `${container.channel_id}:${container.message_ts}`,
    pressId: `${user.id}:${action.action_ts}`,
    responseUrl,
  };
}
