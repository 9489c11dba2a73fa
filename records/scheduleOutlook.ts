import type { StandingSchedule } from '../domain/escalation/resolve.ts';
import { gaps } from '../domain/onCall/gaps.ts';
import { nextHandOver } from '../domain/onCall/handOver.ts';
import type { HandOver } from '../domain/onCall/handOver.ts';
import { onCallAt } from '../domain/onCall/onCall.ts';
import type { OnCall } from '../domain/onCall/onCall.ts';
import type { Window } from '../domain/onCall/window.ts';
import { DAY } from '../domain/time.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';

/** How far a schedule is looked ahead. */
export const OUTLOOK: Milliseconds = 28 * DAY;

/** Who is on call at a moment, and what comes: for 28 days. */
export interface Outlook {
  readonly onCall: readonly OnCall[];
  readonly nextHandOver: HandOver | undefined;
  /** When nobody is on call next, the moment included. */
  readonly nextGap: Window | undefined;
}

/** @param standing with the overrides of the 28 days */
export function outlookAt({ schedule, overrides }: StandingSchedule, at: Instant): Outlook {
  const until = at + OUTLOOK;
  return {
    onCall: onCallAt(schedule, overrides, at),
    nextHandOver: nextHandOver(schedule, overrides, at, until),
    nextGap: gaps(schedule, overrides, at, until).at(0),
  };
}
