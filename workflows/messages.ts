/** What workflows, activities, workers and the API must agree on. Types here only ever grow: runs of an older version read them too. */

/** Workflows and their short local activities. */
export const taskQueue = 'provisor';
/** Everything that reaches outside: a queue of its own, so that a receiver that hangs holds up no record. */
export const effectsTaskQueue = 'provisor-effects';

/** "Look again": sent to a record's workflow after a change of its plan. */
export const wakeSignal = 'wake';
/** "It is no longer wanted": sent to an orchestration. */
export const stopSignal = 'stop';

/** "Take the next step at once": sent to an escalation, with the seq of the event that asks for it. A step that was taken after that event is the one that it asked for. */
export const advanceSignal = 'advance';

/** What a record's workflow waits for and has to do. Keys and times only: Temporal keeps it in the history. */
export interface Plan {
  readonly seq: number;
  readonly state: string;
  readonly final: boolean;
  /** When the record's last event took effect (epoch milliseconds). */
  readonly lastAt: number;
  readonly dueAt: number | null;
  readonly priority: number | null;
  /** The keys of effects that are to be done now. */
  readonly effects: readonly string[];
  /** Those that are to be done later, unless something ends them before. */
  readonly later?: readonly LaterEffect[];
  /** The keys of those among both that are worth waking somebody, and go before all others. */
  readonly interrupting?: readonly string[];
}

/** An effect that waits for its time (epoch milliseconds, of the record's time). */
export interface LaterEffect {
  readonly key: string;
  readonly at: number;
}

/** Where an escalation's course is. The workflow only carries it. */
export interface EscalationPosition {
  readonly pass: number;
  readonly round: number;
  readonly step: number | 'catchAll' | 'exhausted';
  readonly jumps: Readonly<Record<string, number>>;
  readonly sinceWait: readonly number[];
}

/** What comes next in an escalation: a wait (milliseconds, from the moment of the step before, or from when it was asked), then the step at this place. */
export interface EscalationStep {
  readonly position: EscalationPosition;
  readonly wait: number;
  /** Of the event that the step before it became; absent when none was taken, such as while pages are held back. */
  readonly seq?: number;
}

/** Of runs that began before escalations had places. An escalation's course: how long each step waits, how many rounds there are, and which step comes next. */
export interface EscalationPlan {
  readonly waits: readonly number[];
  readonly rounds: number;
  readonly next: { readonly round: number; readonly step: number };
  /** How much of the wait after the last step is left: 0 unless the escalation is continued. */
  readonly waitFirst: number;
}

export type StepOutcome = 'paged' | 'nobody' | 'ended';
