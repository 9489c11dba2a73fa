import {
  condition,
  continueAsNew,
  defineSignal,
  patched,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { advanceSignal, stopSignal } from './messages.ts';
import type { EscalationStep } from './messages.ts';

/** For as long as it takes: a database that is away must not end an escalation. */
const retry = {
  initialInterval: '500ms',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
} as const;

const { beginCourse, planEscalation, takeEscalationStep, exhaustEscalation } = proxyLocalActivities<
  Pick<Activities, 'beginCourse' | 'planEscalation' | 'takeEscalationStep' | 'exhaustEscalation'>
>({ startToCloseTimeout: '5 seconds', retry });

/** Longer than a workflow task lasts, which is kept alive meanwhile: when much is due at once a step waits for its turn, and then for the receivers of its pages. */
const { takeCourseStep } = proxyLocalActivities<Pick<Activities, 'takeCourseStep'>>({
  startToCloseTimeout: '20 seconds',
  retry,
});

/** Before the first event. */
const NEVER = 0;

/** A step's timer runs out so much before the step is due (milliseconds): its way to a worker, which takes a second and more when much is due, is behind it then (ADR 14). */
const AHEAD = 2_000;

interface Signals {
  readonly isStopped: () => boolean;
  /** Waits until the time is over, or nobody wants the next step any more, or somebody wants it now, by an event after `seq`. */
  readonly wait: (ms: number, seq?: number) => Promise<'over' | 'wanted'>;
}

/**
 * Pages one step after the other until somebody answers: wait → who is meant now → page → wait …; when nobody is left to page it tells so and
 * begins anew. Each step is an event of the record, so an escalation that is started again goes on after its last step.
 * @param key of the effect that it carries out
 */
export async function escalation(key: string): Promise<void> {
  let stopped = false;
  setHandler(defineSignal(stopSignal), () => {
    stopped = true;
  });
  let asked = NEVER;
  // Of versions before it says what it asks for: the next step, whichever that is.
  setHandler(defineSignal<[number?]>(advanceSignal), (seq = Infinity) => {
    asked = Math.max(asked, seq);
  });
  const signals: Signals = {
    isStopped: () => stopped,
    async wait(ms, seq = NEVER) {
      const isWanted = await condition(() => stopped || asked > seq, ms);
      asked = NEVER;
      return isWanted ? 'wanted' : 'over';
    },
  };
  if (!patched('course-by-position')) {
    await byRounds(key, signals);
    return;
  }

  // What was asked for before the last step was taken is that step: a signal that comes late must not cut the wait for the next one short.
  const ignoresStale = patched('advance-by-seq');
  let now = Date.now();
  let next: EscalationStep | undefined = await beginCourse(key, now);
  while (next !== undefined && !signals.isStopped()) {
    setCurrentDetails(describe(next));
    const due = now + next.wait;
    let early = 0;
    if (next.wait > 0) {
      const ms = Math.max(1, due - AHEAD - Date.now());
      const waited = await signals.wait(ms, ignoresStale ? next.seq : undefined);
      if (waited === 'over') early = Math.max(0, due - Date.now());
    }
    if (signals.isStopped()) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew(key);
    now = Date.now() + early;
    next = await takeCourseStep(key, next.position, now, early);
  }
}

function describe({ position: { pass, round, step }, wait }: EscalationStep): string {
  const at = typeof step === 'number' ? `step ${step + 1}` : step;
  const before = wait === 0 ? '' : ` in ${Math.round(wait / 1_000)} s`;
  return `next: ${at} of round ${round + 1}, pass ${pass + 1}${before}`;
}

/** As runs go on that began before escalations had places: by rounds of steps with fixed waits, and an end. */
async function byRounds(key: string, { isStopped, wait }: Signals): Promise<void> {
  const { waits, rounds, next, waitFirst } = await planEscalation(key, Date.now());
  if (waitFirst > 0) await wait(waitFirst);

  for (
    let { round, step } = next;
    round < rounds && !isStopped();
    step + 1 < waits.length ? step++ : (round++, (step = 0))
  ) {
    setCurrentDetails(`step ${step + 1} of ${waits.length}, round ${round + 1} of ${rounds}`);
    const outcome = await takeEscalationStep(key, round, step, Date.now());
    if (outcome === 'ended') return;
    if (outcome === 'paged') await wait(waits[step] ?? 0);
  }
  if (!isStopped()) await exhaustEscalation(key, Date.now());
}
