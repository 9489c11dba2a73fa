import type { RequestHandler } from 'express';
import { receive } from '../../records/inbound.ts';
import { slackSender } from '../../records/inboundSenders.ts';
import { bodyOf, forged, nothing, setting } from '../inbound/callback.ts';
import type { CallbackDeps } from '../inbound/callback.ts';
import { outcomeWords } from '../inbound/outcomeWords.ts';
import { parseSlackInteraction } from '../inbound/slackInteraction.ts';
import type { SlackAnswer } from '../inbound/slackInteraction.ts';
import { isFromSlack } from '../inbound/slackSignature.ts';

/** @returns what came of it, in words */
async function applied(
  { engine }: CallbackDeps,
  { key: effectKey, command: answer, user, pressId }: SlackAnswer,
): Promise<string> {
  const { person, disregard } = await slackSender(engine, effectKey, user);
  const outcome = await receive(
    engine,
    {
      ...nothing,
      ...{ provider: 'slack', kind: 'answer', providerId: pressId, effectKey, answer, person },
    },
    disregard,
  );
  return outcomeWords(outcome, answer, { where: 'slack', user });
}

/** A button that was pressed in Slack. It is kept before the 200, and whoever pressed it hears after it what came of it: that word alone may be lost. */
export function fromSlack(deps: CallbackDeps): RequestHandler {
  const { engine, providers, logger } = deps;
  return async (req, res) => {
    const secret = setting(providers.slackSigningSecret, 'SLACK_SIGNING_SECRET');
    const body = bodyOf(req);
    const timestamp = req.get('x-slack-request-timestamp');
    const signature = req.get('x-slack-signature');
    if (!isFromSlack(secret, { timestamp, signature, body }, engine.clock())) throw forged();
    const pressed = parseSlackInteraction(body);
    const words = pressed && (await applied(deps, pressed));
    res.status(200).end();
    if (words === undefined || pressed?.responseUrl === undefined) return;
    await providers.slackReply?.(pressed.responseUrl, words).catch((err: unknown) => {
      logger.warn({ err }, 'who pressed a button in Slack could not be told what came of it');
    });
  };
}
