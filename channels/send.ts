import { SECOND } from '../domain/time.ts';
import { DeliveryError } from './channel.ts';
import type { Acceptance, Channel, OutboundMessage } from './channel.ts';

/** Above every channel's own limit, below that of whoever waits for it: an activity, a request. */
const SEND_WITHIN = 20 * SECOND;

/** Sends with a time limit that holds even for a channel that does not heed its signal. Whatever goes wrong is a failed delivery, to be noted. */
export async function send(
  channel: Channel,
  message: OutboundMessage,
): Promise<Acceptance | DeliveryError> {
  const limit = AbortSignal.timeout(SEND_WITHIN);
  const late = new Promise<DeliveryError>((resolve) => {
    limit.addEventListener('abort', () => {
      resolve(new DeliveryError(`not done within ${SEND_WITHIN / SECOND} s`, { retryable: true }));
    });
  });
  try {
    return await Promise.race([channel.send(message, limit), late]);
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    return new DeliveryError(error instanceof Error ? error.message : String(error), {
      retryable: true,
      cause: error,
    });
  }
}
