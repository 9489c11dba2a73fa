import { z } from 'zod';
import { hasRole } from '../actor.ts';
import type { InputIssue, Result } from '../errors.ts';
import { ok, refuse } from '../errors.ts';
import { parseInput, refuseInput } from '../input.ts';
import { personKey, unknownPerson } from './schedule.ts';
import type { Shift } from './shifts.ts';
import { isOnCallIn, shiftsOf } from './swap.ts';
import type { Swap, SwapSituation } from './swap.ts';
import { lastsAtMost, plannedInstant } from './window.ts';

const MOST_DAYS = 92;
/** On each side: each may become an override. */
const MOST_SHIFTS = 100;

const stretch = z
  .strictObject({ from: plannedInstant(), to: plannedInstant() })
  .superRefine(lastsAtMost(MOST_DAYS));

/** What is asked, as people write it: all shifts of `by` (left out: of who asks) in a stretch, for all of `to` in another. */
export const swapSchema = z.strictObject({
  by: personKey.optional(),
  to: personKey,
  shift: stretch,
  forShift: stretch.optional(),
});

type Stretch = z.output<typeof stretch>;

/** The shifts of `giver` that `taker` would take over, or why not. What is past, is past: of a shift that runs, the rest is meant. */
function side(
  situation: SwapSituation,
  giver: string,
  taker: string,
  { from, to }: Stretch,
  pointer: string,
): { readonly shifts: readonly Shift[]; readonly issues: readonly InputIssue[] } {
  const no = (detail: string) => ({ shifts: [], issues: [{ pointer, detail }] });
  if (to <= situation.now) return no('is past; only what is still to come can be swapped');
  const found = shiftsOf(situation, giver, Math.max(from, situation.now), to);
  if (found.length === 0) return no(`${giver} is not on call in this time`);
  if (found.length > MOST_SHIFTS) {
    return no(`has ${found.length} shifts of ${giver}; swap at most ${MOST_SHIFTS} at a time`);
  }
  if (isOnCallIn(situation, taker, found)) return no(`${taker} is on call then already`);
  return { shifts: found, issues: [] };
}

/**
 * Asks for a swap. Refuses with `forbidden` who is neither the one on call nor a manager, with `invalid` what cannot be swapped, by its place.
 */
export function proposeSwap(data: unknown, situation: SwapSituation): Result<Swap> {
  const parsed = parseInput(swapSchema, data);
  if (!parsed.ok) return parsed;
  const { actor, people, now } = situation;
  const { to, shift, forShift, by = actor.id } = parsed.value;
  if (by !== actor.id && !hasRole(actor, ['manager'])) {
    return refuse({
      kind: 'forbidden',
      command: 'swap the shifts of others',
      roles: actor.roles,
      needed: ['manager'],
    });
  }
  if (to === by) return refuseInput([{ pointer: '/to', detail: 'must be somebody else' }]);
  const gives = side(situation, by, to, shift, '/shift');
  const takes = forShift && side(situation, to, by, forShift, '/forShift');
  const issues = [...unknownPerson(to, people, '/to'), ...gives.issues, ...(takes?.issues ?? [])];
  if (issues.length > 0) return refuseInput(issues);
  return ok({
    state: 'asked',
    by,
    to,
    askedBy: actor.id,
    askedAt: now,
    answeredAt: null,
    gives: gives.shifts,
    takes: takes?.shifts ?? [],
  });
}
