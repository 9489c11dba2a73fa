/** What a provider reports about a message that it took before. */
export interface DeliveryReport {
  readonly providerId: string;
  /** `failed`: it has reached nobody and will not, so the next way is tried at once. */
  readonly outcome: 'underway' | 'delivered' | 'failed';
  /** The number that wants nothing any more, where that is why. */
  readonly optedOut?: string;
  /** For the ledger. */
  readonly detail: string;
}
