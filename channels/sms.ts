import { callbackUrl } from '../records/callbacks.ts';
import type { Channel } from './channel.ts';
import { segmentsOf, smsTextOf } from './smsText.ts';
import { createTwilio } from './twilio.ts';
import type { TwilioOptions } from './twilio.ts';

/**
 * Sends an SMS. Whether it arrives is reported later. A provider drops no repeats: the text carries the key.
 * @throws Error when an entry of `allowed` is no network
 */
export function createSmsChannel(options: TwilioOptions): Channel {
  const { secret, publicUrl } = options;
  const twilio = createTwilio(options);
  return {
    async send(message, signal) {
      const text = smsTextOf(message, secret);
      const parameters = {
        Body: text,
        StatusCallback: callbackUrl(publicUrl, 'smsStatus', message.key),
      };
      const to = message.person.address;
      const providerId = await twilio.create('Messages', to, parameters, signal);
      const detail = `the provider has it as ${providerId}, ${segmentsOf(text)} SMS`;
      return { detail, providerId, pending: true };
    },
  };
}
