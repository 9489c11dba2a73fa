import type { AnswerCommand } from '../records/answers.ts';

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

/** A person, by one of the ways in which they can be reached. */
export interface Recipient {
  readonly name: string;
  /** What the channel needs to know: a mail address, a telephone number, a webhook's address … */
  readonly address: string;
}

/** What the reader can answer. */
export interface Answer {
  readonly command: AnswerCommand;
  readonly label: string;
  /** The link by which this one person gives this answer; undefined where only a button of the channel can. */
  readonly url: string | undefined;
}

/** What a message says, part by part. Each text is one line and escaped for nothing: a channel escapes it for itself. */
export interface Content {
  readonly number: string;
  /** `Page, priority 1` */
  readonly heading: string;
  readonly title: string;
  /** Names and values, such as `State` and `new`. */
  readonly rows: readonly (readonly [string, string])[];
  readonly says: string;
  /** The words of a person, by lines. */
  readonly quote: readonly string[];
  readonly todo: string;
  readonly answers: readonly Answer[];
  /** The page on which its one reader gives every answer. */
  readonly answerUrl?: string | undefined;
  /** The record. */
  readonly url: string;
  /** Whether it is worth waking somebody. */
  readonly urgency: 'interrupting' | 'deferrable';
}

interface Link {
  readonly label: string;
  readonly url: string;
}

/** The answers that are links of their own. */
export function answerLinksOf({ answers }: Content): Link[] {
  return answers.flatMap(({ label, url }) => (url === undefined ? [] : [{ label, url }]));
}

/** The link to the page with every answer, where the message has one. */
export function moreLinkOf({ answerUrl }: Content): Link[] {
  return answerUrl === undefined ? [] : [{ label: 'More answers', url: answerUrl }];
}

/** Every link by which the reader answers. */
export function linksOf(content: Content): Link[] {
  return [...answerLinksOf(content), ...moreLinkOf(content)];
}

/** One message to one person, in every form that a channel may need. */
export interface OutboundMessage {
  /** The effect's key: the same for every repeat, so that a receiver can drop repeats by it. */
  readonly key: string;
  readonly person: Recipient;
  /** The `providerId` of the first message about this record to this address, where a channel shows a record's messages together. */
  readonly thread?: string | undefined;
  /** Whether its reader is asked to say who they are there, on a chat server that calls back with who presses a button. */
  readonly asksWho?: boolean;
  readonly content: Content;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly event: CloudEvent;
}

/** What a message says that takes the place of one that was sent. */
export type NewWording = Omit<OutboundMessage, 'person' | 'thread'>;

/** What the receiver said when it took a message. `detail` is for the ledger, `providerId` is the receiver's own name for the message. */
export type Acceptance =
  | { readonly detail: string; readonly providerId?: string; readonly pending?: false }
  /** Taken, and whether it arrives is reported later, under the provider's id. */
  | { readonly detail: string; readonly providerId: string; readonly pending: true };

/** A way to reach a person. One of the organisation's own is one file (custom.ts). */
export interface Channel {
  /** Why it sends nothing in this installation, and what to set. */
  readonly unavailable?: string;
  /** What is wrong with an address that somebody wants to be reached at, in words such as `must be seven digits`; built-in kinds have it in domain/notification/address.ts. */
  readonly addressFault?: (address: string) => string | undefined;
  /**
   * Sends one message, within a time limit of the channel's own and until `signal` says stop.
   * @throws DeliveryError when the receiver did not accept it
   */
  send(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance>;
  /**
   * Puts `message` in the place of one that was sent: an answered page loses its buttons and says who answered. Absent where what was sent stays as it is.
   * @param providerId of the message that was sent
   * @throws DeliveryError when the receiver did not accept it
   */
  update?(providerId: string, message: NewWording, signal: AbortSignal): Promise<void>;
}

export interface DeliveryErrorOptions extends ErrorOptions {
  readonly retryable: boolean;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
  /** The person has sent STOP: nothing may be sent to that number until START comes. */
  readonly optedOut?: boolean;
  /** Defaults to true when a repeat makes no sense. */
  readonly noDelivery?: boolean;
}

/** The receiver did not accept a message. The text is for the ledger: it may name a receiver, so it must not go into Temporal's history, and it holds no secret. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** Whether the same message may be accepted later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** It is certain that the message reached nobody, and trying again at once would not either: fall back to another way now. */
  readonly noDelivery: boolean;
  /** The receiver wants nothing at that address any more. */
  readonly optedOut: boolean;

  constructor(message: string, options: DeliveryErrorOptions) {
    super(message, options);
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.optedOut = options.optedOut ?? false;
    this.noDelivery = options.noDelivery ?? !options.retryable;
  }
}

/** The channel of an installation that has not been set up for it. @param reason what to set, for the ledger */
export function unavailable(reason: string): Channel {
  return {
    unavailable: reason,
    send: () => Promise.reject(new DeliveryError(reason, { retryable: false })),
  };
}
