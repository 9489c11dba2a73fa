import { heldPagesOf, listNotifications } from '../db/ledger.ts';
import type { HeldPages, LedgerEntry, LedgerQuery } from '../db/ledger.ts';
import type { Because } from '../domain/escalation/resolve.ts';
import { withoutAddresses } from '../domain/notification/withoutAddresses.ts';
import type { Engine } from './engine.ts';
import { becauseOf, whyNotified } from './whyNotified.ts';

/** A notification as people read it. */
export interface Notified extends Omit<LedgerEntry, 'why' | 'event' | 'policy'> {
  readonly why: {
    readonly seq: number;
    readonly event: string;
    readonly rule: string | null;
    readonly because: Because | null;
    /** The place in the person's notification rules. */
    readonly notificationRule: string | null;
    readonly policy: string;
    readonly sentence: string;
  };
}

function masked(text: string | null): string | null {
  return text === null ? null : withoutAddresses(text);
}

function toNotified({ why, event, policy, delivery, ...entry }: LedgerEntry): Notified {
  const { rule } = event.data;
  return {
    ...entry,
    // What a receiver answers often repeats whom it was for.
    error: masked(entry.error),
    delivery: delivery && {
      ...delivery,
      detail: masked(delivery.detail),
      report: masked(delivery.report),
    },
    why: {
      seq: event.seq,
      event: event.type,
      rule: typeof rule === 'string' ? rule : null,
      because: becauseOf(event.data, entry.person) ?? null,
      notificationRule: why,
      policy,
      sentence: whyNotified(event, entry.person, why),
    },
  };
}

/** Who was told or paged, when, how, with what result and why them; the newest first, without addresses. */
export async function notifications(
  { pool }: Engine,
  query: LedgerQuery,
): Promise<readonly Notified[]> {
  return (await listNotifications(pool, query)).map(toNotified);
}

/** More than a record has, unless something goes round in circles. */
const MOST_HELD = 200;

/** When pages of a record were held back, by what and why; the newest first. */
export function heldPages({ pool }: Engine, number: string): Promise<readonly HeldPages[]> {
  return heldPagesOf(pool, number, MOST_HELD);
}
