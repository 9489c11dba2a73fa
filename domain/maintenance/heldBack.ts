import type { Instant } from '../time.ts';
import type { Inhibition } from './inhibition.ts';
import { windowsAt } from './occurrences.ts';
import type { Occurrence } from './occurrences.ts';
import type { MaintenanceWindow } from './window.ts';

/** What a page is about. */
export interface PageSubject {
  readonly service: string;
  /** The configuration item; null when the record names none. */
  readonly ci: string | null;
  readonly major: boolean;
  /** Somebody of the desk asked to page now, and nobody has answered since. */
  readonly isAskedFor: boolean;
}

/** Why a page is not sent now. At its end it is looked at again: another window may stand by then. */
export type Held =
  | {
      readonly by: 'window';
      readonly id: string;
      /** When the occurrence ends, as far as is known now. */
      readonly until: Instant;
      readonly why: 'everything' | 'service' | 'item';
    }
  | {
      readonly by: 'incident';
      readonly id: string;
      /** When the incident ends, which nobody knows yet. */
      readonly until: null;
      /** The service that is down, which the subject's depends on. */
      readonly why: string;
    };

function whyCovered(
  { covers }: MaintenanceWindow,
  { service, ci }: PageSubject,
): 'everything' | 'service' | 'item' | undefined {
  if (covers === 'everything') return 'everything';
  if (covers.services?.includes(service) === true) return 'service';
  return ci !== null && covers.items?.includes(ci) === true ? 'item' : undefined;
}

/**
 * Whether a page is held back at an instant, and by what: the window that ends last, or else the incident of the nearest service that is down.
 * A major incident is never held back, nor is what somebody asked for: whoever presses "escalate" is told that the next step is paged.
 * @param inhibitions what inhibits pages for the subject's service, the nearest first (see `inhibitionsOf`)
 */
export function heldBack(
  subject: PageSubject,
  windows: readonly MaintenanceWindow[],
  inhibitions: readonly Inhibition[],
  at: Instant,
): Held | undefined {
  if (subject.major || subject.isAskedFor) return undefined;
  const held = windowsAt(windows, at).flatMap(({ window, to }: Occurrence): Held[] => {
    const why = whyCovered(window, subject);
    return why === undefined ? [] : [{ by: 'window', id: window.id, until: to, why }];
  });
  const [last] = held.sort((a, b) => (b.until ?? 0) - (a.until ?? 0));
  if (last !== undefined) return last;
  const [nearest] = inhibitions;
  if (nearest === undefined) return undefined;
  return { by: 'incident', id: nearest.incident, until: null, why: nearest.service };
}
