import type { DeliveryOutcome } from '../db/deliveries.ts';

/** What came of an attempt to deliver, in words. */
export const outcomes: Readonly<Record<DeliveryOutcome, string>> = {
  accepted: 'accepted',
  pending: 'taken, not yet reported as delivered',
  delivered: 'delivered',
  failed: 'failed',
};
