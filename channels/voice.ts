import { callbackUrl } from '../records/callbacks.ts';
import type { Channel } from './channel.ts';
import { callTwiml } from './twiml.ts';
import { createTwilio } from './twilio.ts';
import type { TwilioOptions } from './twilio.ts';

/** Voicemail answers after about half a minute: hang up before. */
const RING_SECONDS = 25;

/**
 * Calls and reads the message out. Whether a person answered is reported later: busy, no answer and voicemail are no delivery.
 * @throws Error when an entry of `allowed` is no network
 */
export function createVoiceChannel(options: TwilioOptions): Channel {
  const { publicUrl } = options;
  const twilio = createTwilio(options);
  return {
    async send({ key, person, content }, signal) {
      const parameters = {
        Twiml: callTwiml(content, callbackUrl(publicUrl, 'callAnswer', key)),
        MachineDetection: 'Enable',
        Timeout: String(RING_SECONDS),
        StatusCallback: callbackUrl(publicUrl, 'callStatus', key),
      };
      const providerId = await twilio.create('Calls', person.address, parameters, signal);
      return { detail: `the provider calls as ${providerId}`, providerId, pending: true };
    },
  };
}
