import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { endedPost } from '../../channels/mattermost.ts';
import { receive } from '../../records/inbound.ts';
import { mattermostSender } from '../../records/inboundSenders.ts';
import { identifyUser } from '../../records/chatUsers.ts';
import { endedPageOf } from '../../records/roundEnd.ts';
import { bodyOf, forged, nothing } from '../inbound/callback.ts';
import type { CallbackDeps } from '../inbound/callback.ts';
import { parseMattermostAction } from '../inbound/mattermostAction.ts';
import type { MattermostAnswer, MattermostIdentity } from '../inbound/mattermostAction.ts';
import { outcomeWords } from '../inbound/outcomeWords.ts';

/** What the server shows to whoever pressed, and in place of the post once the page is over. */
interface Shown {
  readonly ephemeral_text: string;
  readonly update?: object;
}

async function answered(
  { engine, publicUrl }: CallbackDeps,
  { key: effectKey, command: answer, user, post }: MattermostAnswer,
): Promise<Shown> {
  const press = createHash('sha256').update(`${post}\n${user}\n${answer}`).digest('hex');
  const { person, disregard } = await mattermostSender(engine, effectKey, user);
  const outcome = await receive(
    engine,
    {
      ...nothing,
      ...{ provider: 'mattermost', kind: 'answer', providerId: press, effectKey, answer, person },
    },
    disregard,
  );
  const ended = await endedPageOf(engine, effectKey);
  return {
    ephemeral_text: outcomeWords(outcome, answer, { where: 'mattermost', user }),
    ...(ended && { update: endedPost(ended, publicUrl) }),
  };
}

async function identified(
  { engine }: CallbackDeps,
  { method, sending, user }: MattermostIdentity,
): Promise<Shown> {
  const known = await identifyUser(engine, { kind: 'mattermost', method, sending, user });
  return {
    ephemeral_text: known
      ? 'Thank you: once you have entered the code, your buttons in every channel here count as yours.'
      : 'Nothing has changed: that code is too old. Ask for a new one.',
  };
}

/** A button that was pressed in Mattermost. */
export function fromMattermost(deps: CallbackDeps): RequestHandler {
  return async (req, res) => {
    const pressed = parseMattermostAction(deps.secret, bodyOf(req));
    if (pressed === undefined) throw forged();
    res.json(
      await (pressed.kind === 'answer' ? answered(deps, pressed) : identified(deps, pressed)),
    );
  };
}
