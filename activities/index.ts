import type { Instant, Milliseconds } from '../domain/time.ts';
import { beginCourse } from '../records/escalation.ts';
import { exhaustRounds, pageOfRound, roundsOf } from '../records/escalationByRounds.ts';
import { createHeartbeatAlert } from '../records/heartbeatAlert.ts';
import { lookAtHeartbeat } from '../records/heartbeatLook.ts';
import { resumeRecord, tickRecord } from '../records/resume.ts';
import type {
  EscalationPlan,
  EscalationPosition,
  EscalationStep,
  Plan,
  StepOutcome,
} from '../workflows/messages.ts';
import type { ActivityDeps } from './deps.ts';
import { takeCourseStep } from './courseStep.ts';
import { quietly } from './failures.ts';
import { performEffect } from './perform.ts';
import { watched } from './stalled.ts';

/** Everything that workflows may call. Thin: each line calls a named thing. */
export function createActivities(deps: ActivityDeps) {
  const { engine, driver } = deps;
  const tellOfHeartbeat = createHeartbeatAlert(engine);
  return {
    /** What the record waits for and has to do. */
    resume: (number: string): Promise<Plan> =>
      watched(engine, number, 'resume', () => resumeRecord(engine, number, driver)),
    /** Commits what is due at `now`, then the plan. */
    tick: (number: string, now: Instant): Promise<Plan> =>
      watched(engine, number, 'tick', () => tickRecord(engine, number, now, driver)),
    /** Does one effect, by its key. */
    perform: (key: string, now: Instant): Promise<void> =>
      quietly(() => performEffect(deps, key, now)),
    /** Where an escalation begins or goes on. */
    beginCourse: (key: string, now: Instant): Promise<EscalationStep> =>
      quietly(() => beginCourse(engine, key, now, driver)),
    /** Takes a step of an escalation at `now`, which is `early` from now at most; undefined when it is no longer wanted. */
    takeCourseStep: (
      key: string,
      position: EscalationPosition,
      now: Instant,
      early: Milliseconds = 0,
    ): Promise<EscalationStep | undefined> =>
      quietly(() => takeCourseStep(deps, key, position, now, early)),
    /** Looks when the last ping of a heartbeat came. @returns when to look next; null: never */
    lookAtHeartbeat: (id: string, now: Instant): Promise<Instant | null> =>
      quietly(() => lookAtHeartbeat(engine, tellOfHeartbeat, id, now, driver)),
    planEscalation: (key: string, now: Instant): Promise<EscalationPlan> =>
      quietly(() => roundsOf(engine, key, now, driver)),
    takeEscalationStep: (
      key: string,
      round: number,
      step: number,
      now: Instant,
    ): Promise<StepOutcome> =>
      quietly(() => pageOfRound(engine, key, { round, step }, now, driver)),
    exhaustEscalation: (key: string, now: Instant): Promise<void> =>
      quietly(() => exhaustRounds(engine, key, now, driver)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
