import type { Instant, Milliseconds } from '../time.ts';
import type { Urgency } from './rules.ts';

/** A message that is due to one person by one method. */
export interface DueMessage {
  readonly key: string;
  readonly urgency: Urgency;
  /** Of its record; 1 is the highest. */
  readonly priority: number;
  readonly dueAt: Instant;
}

/** At most so many messages to one person by one method in any stretch of so long. */
export interface RateLimit {
  /** 1 or more. */
  readonly messages: number;
  readonly per: Milliseconds;
}

/** What to do with each message that is due: every one is in exactly one of the three. */
export interface Bundling<Message extends DueMessage = DueMessage> {
  /** Sent now, each by itself. */
  readonly alone: readonly Message[];
  /** Sent now as one message, the most urgent first: that one "and 37 more". Empty, or two and more. */
  readonly together: readonly Message[];
  /** The limit is used up: asked again at `until`, when a message may be sent. */
  readonly waiting: readonly Message[];
  readonly until: Instant | undefined;
}

const urgencies: readonly Urgency[] = ['interrupting', 'deferrable'];

function mostUrgentFirst(a: DueMessage, b: DueMessage): number {
  return (
    urgencies.indexOf(a.urgency) - urgencies.indexOf(b.urgency) ||
    a.priority - b.priority ||
    a.dueAt - b.dueAt
  );
}

/**
 * Keeps to a rate limit by putting messages together, and drops none. The last message that the limit allows takes all that would not
 * find room any more; only when none is allowed do messages wait, until the oldest of those that were sent no longer counts.
 * @param pending those that are due, in any order
 * @param sentRecently when messages were sent to this person by this method, a bundle counting as one; older ones do no harm
 */
export function bundle<Message extends DueMessage>(
  pending: readonly Message[],
  sentRecently: readonly Instant[],
  { messages, per }: RateLimit,
  now: Instant,
): Bundling<Message> {
  const due = pending.toSorted(mostUrgentFirst);
  const counted = sentRecently.filter((at) => at > now - per).sort((a, b) => a - b);
  const free = messages - counted.length;
  if (due.length <= free) return { alone: due, together: [], waiting: [], until: undefined };
  if (free <= 0) {
    const oldest = counted.at(-messages) ?? now;
    return { alone: [], together: [], waiting: due, until: oldest + per };
  }
  const alone = due.slice(0, free - 1);
  return { alone, together: due.slice(free - 1), waiting: [], until: undefined };
}
