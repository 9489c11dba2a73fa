import type { Instant } from '../domain/time.ts';
import { courseOf, exhaust, takeStep } from '../records/escalation.ts';
import { resumeRecord, tickRecord } from '../records/resume.ts';
import type { EscalationPlan, Plan, StepOutcome } from '../workflows/messages.ts';
import type { ActivityDeps } from './deps.ts';
import { performEffect } from './perform.ts';

/** Everything that workflows may call. Thin: each line calls a named thing. */
export function createActivities(deps: ActivityDeps) {
  const { engine } = deps;
  return {
    /** What the record waits for and has to do. */
    resume: (number: string): Promise<Plan> => resumeRecord(engine, number),
    /** Commits what is due at `now`, then the plan. */
    tick: (number: string, now: Instant): Promise<Plan> => tickRecord(engine, number, now),
    /** Does one effect, by its key. */
    perform: (key: string, now: Instant): Promise<void> => performEffect(deps, key, now),
    planEscalation: (key: string, now: Instant): Promise<EscalationPlan> =>
      courseOf(engine, key, now),
    takeEscalationStep: (
      key: string,
      round: number,
      step: number,
      now: Instant,
    ): Promise<StepOutcome> => takeStep(engine, key, round, step, now),
    exhaustEscalation: (key: string, now: Instant): Promise<void> => exhaust(engine, key, now),
  };
}

export type Activities = ReturnType<typeof createActivities>;
