import { hasRole } from '../actor.ts';
import type { DomainError, Result } from '../errors.ts';
import { ok, refuse } from '../errors.ts';
import { contradictions } from './override.ts';
import type { OverrideDefinition } from './override.ts';
import type { Shift } from './shifts.ts';
import { isOnCallIn, remaining, shiftsOf, swapState, swapTransitions } from './swap.ts';
import type { Swap, SwapCommand, SwapSituation, SwapState } from './swap.ts';
import { joined } from './window.ts';

function mayGive(command: SwapCommand, swap: Swap, { actor }: SwapSituation): boolean {
  if (command !== 'withdraw') return actor.id === swap.to;
  return [swap.by, swap.askedBy].includes(actor.id) || hasRole(actor, ['manager']);
}

const commandsIn = (state: SwapState) => Object.keys(swapTransitions[state]) as SwapCommand[];

/** The commands that the actor may give now; an acceptance may still be refused when the shifts have changed. */
export function allowedSwapCommands(swap: Swap, situation: SwapSituation): SwapCommand[] {
  const commands = commandsIn(swapState(swap, situation.now));
  return commands.filter((command) => mayGive(command, swap, situation));
}

function refusalOf(
  command: SwapCommand,
  swap: Swap,
  situation: SwapSituation,
): DomainError | undefined {
  const allowed = allowedSwapCommands(swap, situation);
  const state = swapState(swap, situation.now);
  if (!commandsIn(state).includes(command)) return { kind: 'wrongState', command, state, allowed };
  if (allowed.includes(command)) return undefined;
  const who =
    command === 'withdraw' ? `${swap.by}, who asked, or a manager` : `${swap.to}, who was asked,`;
  return { kind: 'refused', detail: `only ${who} may ${command} this swap`, allowed };
}

/** Who is on call when must not have changed; for which reason is no matter. */
function sameTimes(some: readonly Shift[], others: readonly Shift[]): boolean {
  const inWords = (list: readonly Shift[]) => joined(list).map(({ from, to }) => `${from}/${to}`);
  return inWords(some).join() === inWords(others).join();
}

function handOver(some: readonly Shift[], insteadOf: string, person: string): OverrideDefinition[] {
  return joined(some).map((stretch) => ({ kind: 'replace', person, insteadOf, ...stretch }));
}

/** Why shifts cannot be handed over as they were when it was asked. */
function obstacle(
  situation: SwapSituation,
  before: readonly Shift[],
  giver: string,
  taker: string,
): string | undefined {
  const left = remaining(before, situation.now);
  const now = left.flatMap(({ from, to }) => shiftsOf(situation, giver, from, to));
  if (!sameTimes(now, left)) {
    return `the shifts of ${giver} are no longer as they were when it was asked`;
  }
  return isOnCallIn(situation, taker, left) ? `${taker} is on call then already` : undefined;
}

/**
 * Accepts a swap: the overrides that carry it out, to be stored with it at once. They begin now at the earliest: pages that were sent
 * before stay with whom they were sent to, also when the incident is still open. Refuses with `wrongState` what was answered or has expired,
 * with `refused` anybody but the one who was asked, and when the shifts have changed since.
 */
export function acceptSwap(
  swap: Swap,
  situation: SwapSituation,
): Result<{ readonly swap: Swap; readonly overrides: readonly OverrideDefinition[] }> {
  const { by, to, gives, takes } = swap;
  const { now, people, overrides: existing } = situation;
  const refusal = refusalOf('accept', swap, situation);
  if (refusal !== undefined) return refuse(refusal);
  const overrides = [
    ...handOver(remaining(gives, now), by, to),
    ...handOver(remaining(takes, now), to, by),
  ];
  const missing = [by, to].find((person) => !people.has(person));
  const problem =
    (missing && `${missing} is not among the policy's active people`) ??
    obstacle(situation, gives, by, to) ??
    obstacle(situation, takes, to, by) ??
    overrides.flatMap((override) => contradictions(override, existing)).at(0)?.detail;
  if (problem !== undefined) {
    const allowed = allowedSwapCommands(swap, situation).filter((command) => command !== 'accept');
    return refuse({ kind: 'refused', detail: `${problem}; ask for another swap`, allowed });
  }
  return ok({ swap: { ...swap, state: 'accepted', answeredAt: now }, overrides });
}

/** Ends a swap without a change: `decline` by the one who was asked, `withdraw` by the one who asked or a manager. Refuses as `acceptSwap` does. */
export function endSwap(
  swap: Swap,
  command: 'decline' | 'withdraw',
  situation: SwapSituation,
): Result<Swap> {
  const refusal = refusalOf(command, swap, situation);
  if (refusal !== undefined) return refuse(refusal);
  return ok({ ...swap, state: swapTransitions.asked[command], answeredAt: situation.now });
}
