import { createHash } from 'node:crypto';
import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { replyTwiml, sayTwiml } from '../../channels/twiml.ts';
import type { Inbound } from '../../db/inbound.ts';
import { methodsAt } from '../../db/contactMethods.ts';
import { parseEffectKey } from '../../domain/ids.ts';
import { callbackPaths } from '../../records/callbacks.ts';
import { receive } from '../../records/inbound.ts';
import { receiverOf, slackSender, smsSender } from '../../records/inboundSenders.ts';
import type { ApiDeps } from '../deps.ts';
import { parseCallAnswer } from '../inbound/callAnswer.ts';
import { parseCallReport } from '../inbound/callReport.ts';
import type { DeliveryReport } from '../inbound/deliveryReport.ts';
import { parseMattermostAction } from '../inbound/mattermostAction.ts';
import { outcomeWords } from '../inbound/outcomeWords.ts';
import { parseSlackInteraction } from '../inbound/slackInteraction.ts';
import { isFromSlack } from '../inbound/slackSignature.ts';
import { parseSmsReply } from '../inbound/smsReply.ts';
import type { SmsMeaning } from '../inbound/smsReply.ts';
import { parseSmsReport } from '../inbound/smsReport.ts';
import { isFromTwilio } from '../inbound/twilioSignature.ts';
import { problem, RequestProblem } from '../problem.ts';
import { methods } from '../route.ts';

type Deps = Pick<ApiDeps, 'engine' | 'secret' | 'publicUrl' | 'providers'>;

const MAX_BODY = '64kb';

/** What nothing else says. */
const nothing = {
  effectKey: null,
  person: null,
  answer: null,
  methods: [],
  delivered: null,
  detail: null,
} satisfies Partial<Inbound>;

/** The body as it came: signatures are over its bytes. */
const rawText = express.text({ type: () => true, limit: MAX_BODY });

function bodyOf(req: Request): string {
  return typeof req.body === 'string' ? req.body : '';
}

function forged(): RequestProblem {
  return new RequestProblem(
    problem('unauthenticated', 'the signature is not the one that your provider makes'),
  );
}

/** @throws RequestProblem (404) when the installation is not set up for a provider */
function setting(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new RequestProblem(problem('notFound', `this is not set up here: set ${name}`));
}

function fromSlack({ engine, providers }: Deps): RequestHandler {
  return async (req, res) => {
    const secret = setting(providers.slackSigningSecret, 'SLACK_SIGNING_SECRET');
    const body = bodyOf(req);
    const timestamp = req.get('x-slack-request-timestamp');
    const signature = req.get('x-slack-signature');
    if (!isFromSlack(secret, { timestamp, signature, body }, engine.clock())) throw forged();
    const pressed = parseSlackInteraction(body);
    if (pressed !== undefined) {
      const { key: effectKey, command: answer, user, pressId } = pressed;
      const { person, disregard } = await slackSender(engine, effectKey, user);
      await receive(
        engine,
        {
          ...nothing,
          ...{ provider: 'slack', kind: 'answer', providerId: pressId, effectKey, answer, person },
        },
        disregard,
      );
    }
    res.status(200).end();
  };
}

function fromMattermost({ engine, secret }: Deps): RequestHandler {
  return async (req, res) => {
    const pressed = parseMattermostAction(secret, bodyOf(req));
    if (pressed === undefined) throw forged();
    const { key: effectKey, command: answer, user, post } = pressed;
    const press = createHash('sha256').update(`${post}\n${user}\n${answer}`).digest('hex');
    const { person, disregard } = await receiverOf(engine, effectKey);
    const outcome = await receive(
      engine,
      {
        ...nothing,
        ...{ provider: 'mattermost', kind: 'answer', providerId: press, effectKey, answer, person },
      },
      disregard,
    );
    res.json({ ephemeral_text: outcomeWords(outcome, answer) });
  };
}

/** The form that the telephony provider posted. @throws RequestProblem when it is not signed by it */
function twilioForm({ publicUrl, providers }: Deps, req: Request): URLSearchParams {
  const token = setting(providers.twilioAuthToken, 'TWILIO_AUTH_TOKEN');
  const form = new URLSearchParams(bodyOf(req));
  const signature = req.get('x-twilio-signature');
  if (!isFromTwilio(token, `${publicUrl}${req.originalUrl}`, form, signature)) throw forged();
  return form;
}

function queryOf(req: Request): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams;
}

function sendXml(res: Response, xml: string): void {
  res.type('text/xml').send(xml);
}

/** What an SMS that somebody sent does. @returns what is answered; the provider answers STOP, START and HELP itself */
async function reply(
  { engine, secret }: Deps,
  { providerId, from, meaning }: { providerId: string; from: string; meaning: SmsMeaning },
): Promise<string | undefined> {
  switch (meaning.kind) {
    case 'answer': {
      const { command: answer, code } = meaning;
      const { disregard, ...sender } = await smsSender(engine, secret, from, code);
      const of = { provider: 'twilio', kind: 'answer', providerId, answer } as const;
      const outcome = await receive(engine, { ...nothing, ...of, ...sender }, disregard);
      // Each answer is paid for, and goes to whoever owns the number, which may be forged.
      const silent = ['unknownPerson', 'tooManyWrongCodes'].includes(outcome);
      return silent ? undefined : outcomeWords(outcome, answer);
    }
    case 'optOut':
    case 'optIn': {
      const ids = (await methodsAt(engine.pool, 'sms', from)).map(({ id }) => id);
      const of = { provider: 'twilio', kind: meaning.kind, providerId } as const;
      await receive(engine, { ...nothing, ...of, methods: ids });
      return undefined;
    }
    case 'help':
    case 'other':
      return undefined;
  }
}

function smsReplied(deps: Deps): RequestHandler {
  return async (req, res) => {
    const said = parseSmsReply(twilioForm(deps, req));
    sendXml(res, replyTwiml(said === undefined ? undefined : await reply(deps, said)));
  };
}

function callAnswered(deps: Deps): RequestHandler {
  return async (req, res) => {
    const pressed = parseCallAnswer(queryOf(req), twilioForm(deps, req));
    if (pressed === undefined) {
      sendXml(res, sayTwiml('That key means nothing. Nothing has changed.'));
      return;
    }
    const { key: effectKey, command: answer, providerId: call } = pressed;
    const { person, disregard } = await receiverOf(deps.engine, effectKey);
    const of = { provider: 'twilio', kind: 'answer', providerId: `${call}:${answer}` } as const;
    const inbound = { ...nothing, ...of, effectKey, answer, person };
    const outcome = await receive(deps.engine, inbound, disregard);
    sendXml(res, sayTwiml(outcomeWords(outcome, answer)));
  };
}

/** What became of a message. On its way nothing is decided, so that alone is not kept. */
function reported(
  deps: Deps,
  parse: (form: URLSearchParams) => DeliveryReport | undefined,
): RequestHandler {
  return async (req, res) => {
    const report = parse(twilioForm(deps, req));
    const effectKey = parseEffectKey(queryOf(req).get('key') ?? '') ?? null;
    if (report !== undefined && report.outcome !== 'underway' && effectKey !== null) {
      const { providerId, outcome, detail } = report;
      const delivered = outcome === 'delivered';
      const of = { provider: 'twilio', kind: 'report' } as const;
      const told = { providerId: `${providerId}:${outcome}`, effectKey, delivered, detail };
      await receive(deps.engine, { ...nothing, ...of, ...told });
    }
    res.status(204).end();
  };
}

/** Where providers call back: buttons, replies, pressed keys, reports. Each is verified by its provider's means, and kept before it is answered 2xx. */
export function callbackRoutes(router: Router, deps: Deps): void {
  const post = (path: string, handler: RequestHandler): void => {
    methods(router, path, { post: [rawText, handler] });
  };
  post(callbackPaths.slack, fromSlack(deps));
  post(callbackPaths.mattermost, fromMattermost(deps));
  post(callbackPaths.smsReply, smsReplied(deps));
  post(callbackPaths.smsStatus, reported(deps, parseSmsReport));
  post(callbackPaths.callStatus, reported(deps, parseCallReport));
  post(callbackPaths.callAnswer, callAnswered(deps));
}
