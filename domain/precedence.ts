import { unreachable } from './errors.ts';
import type { Effect, Urgency } from './process.ts';

/** The last of what is worth waking somebody: 1 for a priority 1, 2 for all others. */
export const LAST_INTERRUPTING = 2;
const LAST = 5;
const USUAL_PRIORITY = 3;

/**
 * What goes before what when much is due at once, from 1 (first) to 5: what is worth waking somebody before everything else, whatever the priority of its
 * record, and a priority 1 first of that. The numbers are Temporal's priority keys.
 * @param priority of the record, 1 is the highest; null: it has none
 */
export function precedence(priority: number | null, urgency: Urgency): number {
  if (urgency === 'interrupting') return priority === 1 ? 1 : LAST_INTERRUPTING;
  return Math.min(LAST, Math.max(LAST_INTERRUPTING + 1, priority ?? USUAL_PRIORITY));
}

/** What of an effect says how urgent it is. Messages that an early version planned say nothing of it. */
type UrgentOrNot = Pick<Effect, 'kind'> & { readonly urgency?: Urgency | null };

/** How urgent an effect is: a message by what it says, and everything that leads to pages as a page. */
export function urgencyOf({ kind, urgency }: UrgentOrNot): Urgency {
  switch (kind) {
    case 'notification':
      return urgency ?? 'deferrable';
    case 'escalation':
    case 'advance':
    case 'release':
      return 'interrupting';
    case 'update':
      return 'deferrable';
    default:
      return unreachable(kind);
  }
}
