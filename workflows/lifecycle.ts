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
import { precedence } from '../domain/precedence.ts';
import { effectsTaskQueue, wakeSignal } from './messages.ts';
import type { Plan } from './messages.ts';

const { resume, tick } = proxyLocalActivities<Pick<Activities, 'resume' | 'tick'>>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumAttempts: 3 },
});

/** @param priorityKey what is to go before what when much is due at once */
const performing = (priorityKey: number) =>
  proxyActivities<Pick<Activities, 'perform'>>({
    taskQueue: effectsTaskQueue,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    // No last attempt: the effect itself knows when to give up, and ends as a dead letter.
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '2 minutes' },
    priority: { priorityKey },
  }).perform;

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
    effects.follow(plan);
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

interface RunningEffect {
  readonly scope: CancellationScope;
  /** When it may be done, by the record's time. */
  at: number;
  /** Its place among all that is to be done. */
  precedence: number;
}

/** The effects that this run has under way, or waits for. */
class Effects {
  private readonly running = new Map<string, RunningEffect>();
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

  /** Starts what is new, lets go of what is no longer wanted, and keeps to the times of what waits. */
  follow({ effects, later = [], priority, interrupting = [] }: Plan): void {
    const wanted = new Map([
      ...effects.map((key): [string, number] => [key, 0]),
      ...later.map(({ key, at }): [string, number] => [key, at]),
    ]);
    for (const [key, { scope }] of this.running) if (!wanted.has(key)) scope.cancel();
    for (const [key, at] of wanted) {
      const urgency = interrupting.includes(key) ? 'interrupting' : 'deferrable';
      const place = { at, precedence: precedence(priority, urgency) };
      const known = this.running.get(key);
      if (known !== undefined) Object.assign(known, place);
      else if (!this.failed.has(key)) this.start(key, place);
    }
  }

  private now(): number {
    return Date.now() + this.ahead();
  }

  private start(key: string, place: Pick<RunningEffect, 'at' | 'precedence'>): void {
    const effect = { scope: new CancellationScope(), ...place };
    this.running.set(key, effect);
    const work = effect.scope.run(() => this.perform(key, effect));
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

  /** What is due is begun before anything is awaited: the order of a run's commands must stay what it was. */
  private async perform(key: string, effect: RunningEffect): Promise<void> {
    while (effect.at > this.now()) {
      const { at } = effect;
      await condition(() => effect.at !== at, at - this.now());
    }
    await performing(effect.precedence)(key, this.now());
  }
}

/** A last look that failed is taken again; only the end of the workflow itself goes through. */
function ended(error: unknown): undefined {
  if (isCancellation(error)) throw error;
  return undefined;
}

function describe({ state, dueAt, effects, later = [] }: Plan): string {
  const due = dueAt === null ? 'nothing is due' : `next due ${new Date(dueAt).toISOString()}`;
  const waiting = later.length === 0 ? '' : `, ${later.length} later`;
  return `**${state}**, ${due}, ${effects.length} effects to do${waiting}`;
}
