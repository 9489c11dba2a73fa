import { z } from 'zod';
import { DeliveryError } from './channel.ts';
import { createExchange, jsonOf, requireAccepted } from './exchange.ts';
import type { ExchangeOptions, HostAnswer } from './exchange.ts';

export interface TwilioOptions extends ExchangeOptions {
  /** TWILIO_API_URL, without a slash at the end: Twilio's, or another provider's that speaks the same. */
  readonly apiUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** TWILIO_FROM: the number that messages and calls come from, E.164. */
  readonly from: string;
  /** PROVISOR_SECRET: reply codes are made from it. */
  readonly secret: string;
  /** Where the provider calls back; without a slash at the end. */
  readonly publicUrl: string;
}

/** Posts to a resource of the account. */
export interface Twilio {
  /**
   * @param resource `Messages` or `Calls`
   * @param to must be an E.164 number
   * @returns the provider's id of what was made
   * @throws DeliveryError when nothing was made, or it is not known
   */
  create(
    resource: 'Messages' | 'Calls',
    to: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string>;
}

/** https://www.twilio.com/docs/api/errors/21610 */
const UNSUBSCRIBED = 21610;

/** Errors by https://www.twilio.com/docs/api/errors that say more than their status does. */
const meanings: Readonly<Record<number, string>> = {
  13224: 'the number cannot be called',
  21211: 'the number is not valid',
  21214: 'the number cannot be reached',
  21217: 'the number is not valid',
  21408: 'the account may not send to that country',
  [UNSUBSCRIBED]: 'the person has unsubscribed with STOP',
  21612: 'no route from TWILIO_FROM to the number',
  21614: 'the number takes no SMS',
};

const made = z.object({ sid: z.string().min(1) });
const refused = z.object({ code: z.number().int() });

/** @throws DeliveryError for every status but 2xx; the provider's own text is left out, for it repeats the number and the account */
function judge(answer: HostAnswer): void {
  const { host, status } = answer;
  if (status === 401 || status === 403) {
    throw new DeliveryError(
      `${host} answered ${status}: see to TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN`,
      // The operator mends that, and pages must not be lost until then.
      { retryable: true, noDelivery: true },
    );
  }
  const { data } = refused.safeParse(jsonOf(answer));
  if (status === 400 && data !== undefined) {
    const meaning = meanings[data.code] ?? `error ${data.code}`;
    const optedOut = data.code === UNSUBSCRIBED;
    throw new DeliveryError(`${host} refused it: ${meaning}`, { retryable: false, optedOut });
  }
  requireAccepted(answer);
}

/**
 * Twilio's REST API (2010-04-01), as far as messages and calls need it.
 * @throws Error when an entry of `allowed` is no network
 */
export function createTwilio(options: TwilioOptions): Twilio {
  const { apiUrl, accountSid, authToken, from } = options;
  const exchange = createExchange(options);
  const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  return {
    async create(resource, to, parameters, signal) {
      if (!/^\+[1-9]\d{1,14}$/.test(to)) {
        throw new DeliveryError('the telephone number is not written as +4930123456 (E.164)', {
          retryable: false,
        });
      }
      const address = `${apiUrl}/2010-04-01/Accounts/${accountSid}/${resource}.json`;
      const request = {
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ To: to, From: from, ...parameters }).toString(),
      };
      const answer = await exchange.post(address, request, signal);
      judge(answer);
      const { data } = made.safeParse(jsonOf(answer));
      if (data === undefined) {
        throw new DeliveryError(`${answer.host}: the answer cannot be read`, { retryable: true });
      }
      return data.sid;
    },
  };
}
