import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { effectsTaskQueue, wakeSignal } from './messages.ts';
import type { Plan } from './messages.ts';

const { resume, tick } = proxyLocalActivities<Pick<Activities, 'resume' | 'tick'>>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumAttempts: 3 },
});

const { perform } = proxyActivities<Pick<Activities, 'perform'>>({
  taskQueue: effectsTaskQueue,
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  // No last attempt: the effect itself knows when to give up, and ends as a dead letter.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '2 minutes' },
});

const DAY = 24 * 60 * 60 * 1_000;
/** A run lasts a week at most, so that old versions of this loop can be deleted one day. */
const LONGEST_RUN = 7 * DAY;
const LONGEST_PAUSE = 5 * 60 * 1_000;

/**
 * The life of one record: wait for the next due moment or a wake, learn the plan, start what is to be done. It decides nothing and keeps
 * nothing: starting, waking, continuing as new and recovery are the same path, so every run begins by asking.
 */
export async function lifecycle(number: string): Promise<void> {
  const startedAt = Date.now();
  const effects = new Effects(() => ahead);
  let woken = true;
  let failures = 0;
  let plan: Plan | undefined;
  /** How far the record's time is ahead of this workflow's: machines' clocks differ, and a record's time never goes back. */
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const isWoken = (): boolean => woken;

  setHandler(defineSignal(wakeSignal), () => {
    woken = true;
  });

  for (;;) {
    const asked = woken;
    woken = false;
    try {
      const next = asked || plan === undefined ? await resume(number) : await tick(number, now());
      // A record that can be read but not ticked still fails: its pauses go on growing.
      if (!asked || next.seq !== plan?.seq || next.dueAt === null || next.dueAt > now()) {
        failures = 0;
      }
      if (plan === undefined || next.seq >= plan.seq) plan = next;
    } catch (error) {
      if (isCancellation(error)) throw error;
      failures += 1;
      log.warn('the record could not be read; trying again', { number, failures });
      const pause = Math.min(LONGEST_PAUSE, 1_000 * 2 ** Math.min(failures, 9));
      // Whoever changed or mended the record need not wait for the end of the pause.
      const isOver = patched('wake-ends-pause') ? isWoken : (): boolean => false;
      await condition(isOver, pause * (0.5 + Math.random() / 2));
      woken = true;
      continue;
    }
    ahead = Math.max(ahead, plan.lastAt - Date.now());
    if (asked) effects.rested();
    effects.follow(plan.effects);
    setCurrentDetails(describe(plan));

    const current: Plan = plan;
    const isDone = (): boolean => current.final && effects.idle();
    const age = Date.now() - startedAt;
    if (workflowInfo().continueAsNewSuggested || age >= LONGEST_RUN) {
      await condition(() => effects.idle(), '1 minute');
      await continueAsNew(number);
    }
    const untilDue = current.dueAt === null ? LONGEST_RUN : Math.max(0, current.dueAt - now());
    await condition(
      () => isWoken() || isDone(),
      Math.max(1, Math.min(untilDue, LONGEST_RUN - age)),
    );
    // What ended may have left a wake behind that is still on its way: ask once more before the last word.
    if (isDone() && !isWoken()) {
      const last = await resume(number).catch(ended);
      if (last?.final === true && last.effects.length === 0 && !isWoken()) return;
      woken = true;
    }
  }
}

/** The effects that this run has under way. */
class Effects {
  private readonly running = new Map<string, CancellationScope>();
  /** Failed for good in this run; tried again after the next wake, which the relay's sweep sends. */
  private readonly failed = new Set<string>();
  private readonly ahead: () => number;

  constructor(ahead: () => number) {
    this.ahead = ahead;
  }

  idle(): boolean {
    return this.running.size === 0;
  }

  rested(): void {
    this.failed.clear();
  }

  /** Starts what is new and lets go of what is no longer wanted. */
  follow(keys: readonly string[]): void {
    for (const [key, scope] of this.running) if (!keys.includes(key)) scope.cancel();
    for (const key of keys) if (!this.running.has(key) && !this.failed.has(key)) this.start(key);
  }

  private start(key: string): void {
    const scope = new CancellationScope();
    this.running.set(key, scope);
    const work = scope.run(() => perform(key, Date.now() + this.ahead()));
    work
      .catch((error: unknown) => {
        if (isCancellation(error)) return;
        this.failed.add(key);
        log.error('an effect failed in a way that repeating does not mend', {
          key,
          error: String(error),
        });
      })
      .finally(() => this.running.delete(key))
      .catch(() => undefined);
  }
}

/** A last look that failed is taken again; only the end of the workflow itself goes through. */
function ended(error: unknown): undefined {
  if (isCancellation(error)) throw error;
  return undefined;
}

function describe({ state, dueAt, effects }: Plan): string {
  const due = dueAt === null ? 'nothing is due' : `next due ${new Date(dueAt).toISOString()}`;
  return `**${state}**, ${due}, ${effects.length} effects to do`;
}
