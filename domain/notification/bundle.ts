import type { Instant, Milliseconds } from '../time.ts';
import type { Urgency } from './rules.ts';

/** What goes before what: interrupting messages first, then by the priority of their records, of which 1 is the highest. */
export interface Rank {
  readonly urgency: Urgency;
  readonly priority: number;
}

/** A message that is due to one person by one method. */
export interface DueMessage extends Rank {
  readonly key: string;
  readonly dueAt: Instant;
}

/** A message that went out, a bundle counting as one. */
export interface SentMessage extends Rank {
  readonly at: Instant;
}

/**
 * At most so many messages to one person by one method in any stretch of so long, counting for each message only those that are no less urgent: nothing
 * waits because of what matters less.
 */
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
  /** The limit is used up, the most urgent first: asked again at `until`, when the first of them may be sent. */
  readonly waiting: readonly Message[];
  readonly until: Instant | undefined;
}

const urgencies: readonly Urgency[] = ['interrupting', 'deferrable'];

/** Negative when `a` goes before `b`; 0: they are equally urgent. */
export function byRank(a: Rank, b: Rank): number {
  return urgencies.indexOf(a.urgency) - urgencies.indexOf(b.urgency) || a.priority - b.priority;
}

function mostUrgentFirst(a: DueMessage, b: DueMessage): number {
  return byRank(a, b) || a.dueAt - b.dueAt;
}

/**
 * Keeps to a rate limit by putting messages together, and drops none. The last message that the limit allows takes all that would not
 * find room any more; only when none is allowed do messages wait, until the oldest of those that were sent no longer counts. None waits longer than the
 * limit's stretch of time.
 * @param pending those that are due, in any order
 * @param sentRecently those that were sent to this person by this method; older ones do no harm, nor does one that a clock far ahead dates later than now
 */
export function bundle<Message extends DueMessage>(
  pending: readonly Message[],
  sentRecently: readonly SentMessage[],
  { messages, per }: RateLimit,
  now: Instant,
): Bundling<Message> {
  const due = pending.toSorted(mostUrgentFirst);
  const recent = sentRecently.filter(({ at }) => Math.abs(now - at) < per);
  const countedFor = (one: Rank) => recent.filter((sent) => byRank(sent, one) <= 0);
  const rooms = due.map((one, before) => messages - before - countedFor(one).length);
  const full = rooms.findIndex((room) => room <= 0);
  const next = due[full];
  if (next === undefined) return { alone: due, together: [], waiting: [], until: undefined };
  if (rooms[full - 1] === 1) {
    const [alone, together] = [due.slice(0, full - 1), due.slice(full - 1)];
    return { alone, together, waiting: [], until: undefined };
  }
  const [alone, waiting] = [due.slice(0, full), due.slice(full)];
  const times = [...countedFor(next).map(({ at }) => Math.min(at, now)), ...alone.map(() => now)];
  const oldest = times.sort((a, b) => a - b).at(-messages) ?? now;
  const until = oldest + per;
  // Whoever has waited so long goes along with what is more urgent, or else would wait again whenever something urgent takes its room.
  const last = alone.at(-1);
  if (last !== undefined && waiting.some(({ dueAt }) => dueAt + per < until)) {
    return {
      alone: alone.slice(0, -1),
      together: [last, ...waiting],
      waiting: [],
      until: undefined,
    };
  }
  return { alone, together: [], waiting, until };
}
