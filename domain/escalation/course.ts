import { unmetCondition } from './conditions.ts';
import type { Circumstances, Condition } from './conditions.ts';
import { resolveTargets } from './resolve.ts';
import type { LiveFacts, Resolved } from './resolve.ts';
import type { Escalation, Step } from './schema.ts';
import type { Milliseconds } from '../time.ts';

/** Where a course is: plain data, stored with each page, so that it can be continued from there. */
export interface Position {
  /** How often the whole escalation was exhausted, from 0. */
  readonly pass: number;
  /** How often the steps of this pass were repeated, from 0. */
  readonly round: number;
  /** The step that comes next, from 0; then the catch-all, then exhaustion. */
  readonly step: number | 'catchAll' | 'exhausted';
  /** How often each step's jump was taken in this round, by the step's index. */
  readonly jumps: Readonly<Record<string, number>>;
  /** The steps that were come to since the last wait: none is taken again before the next. */
  readonly sinceWait: readonly number[];
}

/** Where every escalation begins. */
export const start: Position = { pass: 0, round: 0, step: 0, jumps: {}, sinceWait: [] };

/** A step that was passed over, and why: a condition of it does not hold, or it means nobody who can be paged. */
export interface Skipped extends Pick<Resolved, 'dropped'> {
  /** Its place in the escalation: `steps.2`, `catchAll`. */
  readonly rule: string;
  readonly why: Condition | 'nobody';
}

interface Taken {
  readonly skipped: readonly Skipped[];
  /** How long to wait before the next step; nothing: it is taken at once. */
  readonly wait: Milliseconds;
  /** Where to go on after the wait. */
  readonly position: Position;
}

/** Whom to page now. */
export interface Page extends Resolved, Taken {
  readonly kind: 'page';
  readonly rule: string;
  /** How many different people must acknowledge (see answer.ts). */
  readonly acknowledgedBy: number;
}

/** Nobody answered, or nobody could be paged: whom to tell. After the wait it all begins anew. */
export interface Exhausted extends Taken {
  readonly kind: 'exhausted';
  readonly tell: Resolved;
}

export type CourseFacts = LiveFacts & Circumstances;

/** The following step, that of the next round, or what comes after the last one. */
function onward(escalation: Escalation, position: Position, index: number): Position {
  if (index + 1 < escalation.steps.length) return { ...position, step: index + 1 };
  if (position.round === escalation.repeat) return { ...position, step: 'catchAll' };
  return { ...position, round: position.round + 1, step: 0, jumps: {} };
}

/** Where a step leads that was taken, or that meant nobody: its jump, as often as it may be taken. */
function follow(escalation: Escalation, position: Position, index: number): Position {
  const jump = escalation.steps[index]?.jumpTo;
  const taken = position.jumps[index] ?? 0;
  if (jump === undefined || taken >= jump.times) return onward(escalation, position, index);
  const step = escalation.steps.findIndex(({ name }) => name === jump.step);
  return { ...position, step, jumps: { ...position.jumps, [index]: taken + 1 } };
}

const isEmpty = ({ people, channels }: Resolved) => people.length === 0 && channels.length === 0;

/** A wait begins a new moment, in which every step may be come to again. */
function waited(position: Position, wait: Milliseconds): Position {
  return wait > 0 ? { ...position, sinceWait: [] } : position;
}

function exhausted(
  { whenExhausted: { tell, every } }: Escalation,
  { pass }: Position,
  facts: CourseFacts,
  skipped: readonly Skipped[],
): Exhausted {
  return {
    kind: 'exhausted',
    tell: resolveTargets({ to: tell }, { ...facts, acknowledged: new Set() }),
    skipped,
    wait: every,
    position: { ...start, pass: pass + 1 },
  };
}

function page(
  rule: string,
  { wait, acknowledgedBy }: Pick<Step, 'wait' | 'acknowledgedBy'>,
  meant: Resolved,
  position: Position,
  skipped: readonly Skipped[],
): Page {
  return {
    kind: 'page',
    rule,
    ...meant,
    acknowledgedBy,
    skipped,
    wait,
    position: waited(position, wait),
  };
}

/**
 * What an escalation does next: pages the next step that somebody is meant by, or says that it is exhausted. Steps whose conditions do not hold and
 * steps that mean nobody are passed over without a wait. Between two waits no step is taken twice, so one moment sees each step once at most and
 * ends with a wait, whatever the facts are.
 * @param escalation of the policy version that the escalation keeps
 * @param position where the step before left off; `start` for the first
 */
export function nextStep(
  escalation: Escalation,
  position: Position,
  facts: CourseFacts,
): Page | Exhausted {
  const { steps, catchAll } = escalation;
  const skipped: Skipped[] = [];
  let at = position;
  while (typeof at.step === 'number') {
    const index = at.step;
    const step = steps[index];
    if (step === undefined || at.sinceWait.includes(index)) {
      at = onward(escalation, at, index);
      continue;
    }
    at = { ...at, sinceWait: [...at.sinceWait, index] };
    const rule = `steps.${index}`;
    const unmet = unmetCondition(step.when, facts);
    if (unmet !== undefined) {
      skipped.push({ rule, why: unmet, dropped: [] });
      at = onward(escalation, at, index);
      continue;
    }
    const meant = resolveTargets(step, facts);
    at = follow(escalation, at, index);
    if (!isEmpty(meant)) return page(rule, step, meant, at, skipped);
    skipped.push({ rule, why: 'nobody', dropped: meant.dropped });
  }
  if (at.step === 'catchAll' && catchAll !== undefined) {
    const meant = resolveTargets(catchAll, facts);
    const step = { wait: catchAll.wait, acknowledgedBy: 1 };
    if (!isEmpty(meant))
      return page('catchAll', step, meant, { ...at, step: 'exhausted' }, skipped);
    skipped.push({ rule: 'catchAll', why: 'nobody', dropped: meant.dropped });
  }
  return exhausted(escalation, at, facts, skipped);
}
