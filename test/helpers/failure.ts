import { DeliveryError } from '../../channels/channel.ts';

/** The error of a message that must not be accepted. */
export async function failure(sent: Promise<unknown>): Promise<DeliveryError> {
  const error = await sent.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  if (error instanceof DeliveryError) return error;
  throw error as Error;
}
