import { SECOND } from '../domain/time.ts';
import { DeliveryError } from './channel.ts';
import type { Acceptance, Channel, NewWording, OutboundMessage } from './channel.ts';

/** Above every channel's own limit, below that of whoever waits for it: an activity, a request. */
const DONE_WITHIN = 20 * SECOND;

/** A time limit that holds even for a channel that does not heed its signal. Whatever goes wrong is a failed delivery, to be noted. */
async function inTime<T>(work: (limit: AbortSignal) => Promise<T>): Promise<T | DeliveryError> {
  const limit = AbortSignal.timeout(DONE_WITHIN);
  const late = new Promise<DeliveryError>((resolve) => {
    limit.addEventListener('abort', () => {
      resolve(new DeliveryError(`not done within ${DONE_WITHIN / SECOND} s`, { retryable: true }));
    });
  });
  try {
    return await Promise.race([work(limit), late]);
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    return new DeliveryError(error instanceof Error ? error.message : String(error), {
      retryable: true,
      cause: error,
    });
  }
}

/** Sends a message, in time. */
export function send(
  channel: Channel,
  message: OutboundMessage,
): Promise<Acceptance | DeliveryError> {
  return inTime((limit) => channel.send(message, limit));
}

/** Changes a message that was sent, in time; one of a channel that cannot is left as it is. @returns what went wrong */
export function update(
  channel: Channel,
  providerId: string,
  message: NewWording,
): Promise<DeliveryError | undefined> {
  return inTime(async (limit) => {
    await channel.update?.(providerId, message, limit);
    return undefined;
  });
}
