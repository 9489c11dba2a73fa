/** A CloudEvents 1.0 event in its JSON form (https://github.com/cloudevents/spec, JSON event format). */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** When it happened, ISO 8601. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where a person can be reached, as the active policy says. */
export interface Recipient {
  readonly name: string;
  readonly email?: string | undefined;
  readonly webhook?: string | undefined;
}

/** One message to one person, in every form that a channel may need. */
export interface OutboundMessage {
  /** The effect's key: the same for every repeat, so that a receiver can drop repeats by it. */
  readonly key: string;
  readonly person: Recipient;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly event: CloudEvent;
}

/** A way to reach a person. */
export interface Channel {
  /**
   * Sends one message, within a time limit of the channel's own and until `signal` says stop.
   * @returns what the receiver answered, for the ledger
   * @throws DeliveryError when the receiver did not accept it
   */
  send(message: OutboundMessage, signal: AbortSignal): Promise<{ detail: string }>;
}

export interface DeliveryErrorOptions extends ErrorOptions {
  readonly retryable: boolean;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** The receiver did not accept a message. The text is for the ledger: it may name a receiver, so it must not go into Temporal's history. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** Whether the same message may be accepted later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: DeliveryErrorOptions) {
    super(message, options);
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
