/** What a provider reports about a message that it took before. */
export interface DeliveryReport {
  readonly providerId: string;
  /** `failed`: it has reached nobody and will not, so the next way is tried at once. */
  readonly outcome: 'underway' | 'delivered' | 'failed';
  /** For the ledger. */
  readonly detail: string;
}
