import type { Actor } from '../actor.ts';
import type { Instant } from '../time.ts';
import type { Override } from './override.ts';
import { shifts } from './shifts.ts';
import type { Shift } from './shifts.ts';
import type { Schedule } from './stack.ts';

/** What each command makes of a swap. An expired one is an asked one whose time has come: see `swapState`. */
export const swapTransitions = {
  asked: { accept: 'accepted', decline: 'declined', withdraw: 'withdrawn' },
  accepted: {},
  declined: {},
  withdrawn: {},
  expired: {},
} as const satisfies Record<string, Partial<Record<SwapCommand, string>>>;

export type SwapState = keyof typeof swapTransitions;
export type SwapCommand = 'accept' | 'decline' | 'withdraw';

/** One person asks another to take over shifts, for nothing or in return for some of the other's. */
export interface Swap {
  readonly state: Exclude<SwapState, 'expired'>;
  /** Whose shifts are given. */
  readonly by: string;
  /** Who is asked to take them. */
  readonly to: string;
  /** Who asked: `by`, or a manager. */
  readonly askedBy: string;
  readonly askedAt: Instant;
  readonly answeredAt: Instant | null;
  /** The shifts of `by`, as they were when asked, in order. */
  readonly gives: readonly Shift[];
  /** The shifts of `to` that are asked for in return, as they were when asked, in order; none when it is a favour. */
  readonly takes: readonly Shift[];
}

/** What a swap is decided on. */
export interface SwapSituation {
  readonly schedule: Schedule;
  /** The schedule's, in the order in which they were made. */
  readonly overrides: readonly Override[];
  /** The keys of the policy's active people. */
  readonly people: ReadonlySet<string>;
  readonly actor: Actor;
  readonly now: Instant;
}

/** A swap that nobody answered expires when one side has nothing left to give. */
export function swapState(swap: Swap, now: Instant): SwapState {
  const over = (side: readonly Shift[]) => side.length > 0 && side.every(({ to }) => to <= now);
  return swap.state === 'asked' && (over(swap.gives) || over(swap.takes)) ? 'expired' : swap.state;
}

/** What is left at an instant: of a shift that runs, the rest. */
export function remaining(some: readonly Shift[], now: Instant): readonly Shift[] {
  return some
    .filter(({ to }) => to > now)
    .map((shift) => ({ ...shift, from: Math.max(shift.from, now) }));
}

/** A person's shifts in [from, to). */
export function shiftsOf(
  { schedule, overrides }: Pick<SwapSituation, 'schedule' | 'overrides'>,
  person: string,
  from: Instant,
  to: Instant,
): readonly Shift[] {
  return shifts(schedule, overrides, from, to).filter((shift) => shift.person === person);
}

/** Whether a person is on call in a part of some shifts. */
export function isOnCallIn(
  situation: SwapSituation,
  person: string,
  some: readonly Shift[],
): boolean {
  return some.some(({ from, to }) => shiftsOf(situation, person, from, to).length > 0);
}
