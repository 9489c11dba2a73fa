import { createHash } from 'node:crypto';
import type { DomainEvent } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredEvent } from '../db/events.ts';
import { canonical } from './canonical.ts';

/** What the first event of every record is chained to. */
export const chainStart = Buffer.alloc(32);

export interface EventContext {
  readonly number: string;
  readonly organisation: string;
  readonly recordedAt: Instant;
  readonly commandId: string;
}

/**
 * SHA-256 over the previous hash and the event in canonical JSON (RFC 8785). The record's number and organisation are part of it, so that an event
 * fits only its own place; free texts are covered by their ids, which are salted digests.
 */
export function eventHash(previous: Buffer, event: DomainEvent, context: EventContext): Buffer {
  const content = canonical({
    ...context,
    recordedAt: toIso(context.recordedAt),
    seq: event.seq,
    type: event.type,
    at: toIso(event.at),
    actor: event.actor,
    version: event.version,
    policy: event.policy,
    data: event.data,
    reasons: event.reasons,
    change: event.change,
  });
  return createHash('sha256').update(previous).update(content).digest();
}

/** Chains new events to a record's last hash. */
export function chainEvents(
  head: Buffer,
  events: readonly DomainEvent[],
  context: EventContext,
): StoredEvent[] {
  let previous = head;
  return events.map((event) => {
    // As JSON keeps it: what is stored and what is hashed are the same.
    const plain = JSON.parse(JSON.stringify(event)) as DomainEvent;
    const hash = eventHash(previous, plain, context);
    const stored = {
      ...plain,
      recordedAt: context.recordedAt,
      commandId: context.commandId,
      previous,
      hash,
    };
    previous = hash;
    return stored;
  });
}
