import type { Request, RequestHandler, Response } from 'express';
import { replyTwiml, sayTwiml } from '../../channels/twiml.ts';
import { methodIdsAt } from '../../db/contactMethods.ts';
import { parseEffectKey } from '../../domain/ids.ts';
import { receive } from '../../records/inbound.ts';
import { receiverOf, smsSender } from '../../records/inboundSenders.ts';
import { bodyOf, forged, nothing, queryOf, setting } from '../inbound/callback.ts';
import type { CallbackDeps } from '../inbound/callback.ts';
import { parseCallAnswer } from '../inbound/callAnswer.ts';
import type { DeliveryReport } from '../inbound/deliveryReport.ts';
import { outcomeWords } from '../inbound/outcomeWords.ts';
import { parseSmsReply } from '../inbound/smsReply.ts';
import type { SmsMeaning } from '../inbound/smsReply.ts';
import { isFromTwilio } from '../inbound/twilioSignature.ts';

/** The form that the telephony provider posted. @throws RequestProblem when it is not signed by it */
function twilioForm({ publicUrl, providers }: CallbackDeps, req: Request): URLSearchParams {
  const token = setting(providers.twilioAuthToken, 'TWILIO_AUTH_TOKEN');
  const form = new URLSearchParams(bodyOf(req));
  const signature = req.get('x-twilio-signature');
  if (!isFromTwilio(token, `${publicUrl}${req.originalUrl}`, form, signature)) throw forged();
  return form;
}

function sendXml(res: Response, xml: string): void {
  res.type('text/xml').send(xml);
}

/** What an SMS that somebody sent does. @returns what is answered; the provider answers STOP, START and HELP itself */
async function reply(
  { engine, secret }: CallbackDeps,
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
      return silent ? undefined : outcomeWords(outcome, answer, { where: 'telephone' });
    }
    case 'optOut':
    case 'optIn': {
      // Several people may share a telephone.
      const ids = await methodIdsAt(engine.pool, 'sms', from);
      const of = { provider: 'twilio', kind: meaning.kind, providerId } as const;
      await receive(engine, { ...nothing, ...of, methods: ids });
      return undefined;
    }
    case 'help':
    case 'other':
      return undefined;
  }
}

/** An SMS that came in. */
export function smsReplied(deps: CallbackDeps): RequestHandler {
  return async (req, res) => {
    const said = parseSmsReply(twilioForm(deps, req));
    sendXml(res, replyTwiml(said === undefined ? undefined : await reply(deps, said)));
  };
}

/** A key that was pressed in a call. */
export function callAnswered(deps: CallbackDeps): RequestHandler {
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
    sendXml(res, sayTwiml(outcomeWords(outcome, answer, { where: 'telephone' })));
  };
}

/** What became of a message. On its way nothing is decided, so that alone is not kept. */
export function reported(
  deps: CallbackDeps,
  parse: (form: URLSearchParams) => DeliveryReport | undefined,
): RequestHandler {
  return async (req, res) => {
    const report = parse(twilioForm(deps, req));
    const effectKey = parseEffectKey(queryOf(req).get('key') ?? '') ?? null;
    if (report !== undefined && report.outcome !== 'underway' && effectKey !== null) {
      const { providerId, outcome, detail, optedOut } = report;
      const methods =
        optedOut === undefined ? [] : await methodIdsAt(deps.engine.pool, 'sms', optedOut);
      const delivered = outcome === 'delivered';
      const of = { provider: 'twilio', kind: 'report' } as const;
      const told = {
        providerId: `${providerId}:${outcome}`,
        effectKey,
        delivered,
        detail,
        methods,
      };
      await receive(deps.engine, { ...nothing, ...of, ...told });
    }
    res.status(204).end();
  };
}
