import type { z } from 'zod';
import type { Actor, Role } from './actor.ts';
import type { Clock, Target } from './clock.ts';
import type { Refusal } from './errors.ts';
import type { EffectKey, RecordNumber } from './ids.ts';
import type { Policy } from './policy.ts';
import type { Instant, Milliseconds } from './time.ts';

/** A record as its events make it. `Fields` is what its process keeps, `State` and `ClockName` are the names that the definition gives. */
export interface RecordState<Fields = AnyFields, State extends string = string> {
  readonly number: RecordNumber;
  readonly process: string;
  /** The definition's version that decided last. */
  readonly version: number;
  readonly organisation: string;
  /** How many events the record has: also its ETag. */
  readonly seq: number;
  readonly state: State;
  readonly openedAt: Instant;
  /** When its last event took effect. Nothing happens to a record before that. */
  readonly lastAt: Instant;
  /** Since when it is in its state. */
  readonly stateSince: Instant;
  /** How long it was in each state that it left, in milliseconds of real time. */
  readonly timeIn: Readonly<Partial<Record<string, Milliseconds>>>;
  /** The policy that decided last. */
  readonly policy: string;
  readonly fields: Fields;
  readonly clocks: Readonly<Record<string, Clock>>;
}

export type AnyFields = Readonly<Record<string, unknown>>;

/** Why something came out as it did: the rule (a path into the policy or the definition), the facts it looked at, the result. */
export interface Reason {
  readonly of: string;
  readonly rule: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly result: unknown;
}

/** One event, and the record before and after it. */
export interface Step {
  readonly event: DomainEvent;
  readonly before: RecordState;
  readonly after: RecordState;
}

/** What an event changed. It carries results, so that folding needs no policy, no calendar and no definition. */
export interface Change {
  readonly state?: string;
  readonly fields?: AnyFields;
  readonly clocks?: Readonly<Record<string, Clock>>;
}

export interface DomainEvent {
  readonly seq: number;
  readonly type: string;
  /** When it took effect: for a timer the due moment, though it may be recorded later. */
  readonly at: Instant;
  readonly actor: Pick<Actor, 'kind' | 'id'>;
  readonly version: number;
  readonly policy: string;
  readonly data: AnyFields;
  readonly reasons: readonly Reason[];
  readonly change: Change;
}

/** What must be done outside, decided with the event that asks for it. */
export type Effect =
  | { readonly kind: 'escalation'; readonly escalation: string }
  /** The escalation with this key is to take its next step at once. */
  | { readonly kind: 'advance'; readonly escalation: string }
  /** What this record held back of others is to be looked at again: `by` is its number. */
  | { readonly kind: 'release'; readonly by: string }
  /** The messages of the reaction `of`, which has ended, are to say so, where what was sent can be changed. */
  | { readonly kind: 'update'; readonly of: string }
  | Notification;

/** A message to a person, by whichever of their contact methods their rules name, or to a place that many people read. */
export type Notification = {
  readonly kind: 'notification';
  /** What it says: activities/wording.ts. */
  readonly message: string;
  /** Whether it is worth waking somebody. */
  readonly urgency: Urgency;
} & (
  | { readonly person: string }
  /** One of the policy's channels. */
  | { readonly namedChannel: string }
);

export type Urgency = 'interrupting' | 'deferrable';

export interface PlannedEffect {
  readonly key: EffectKey;
  readonly effect: Effect;
  /** The `during` reaction it belongs to: it is cancelled when that ends. */
  readonly during: string | null;
}

export interface Situation<Fields, State extends string> {
  readonly record: RecordState<Fields, State>;
  readonly policy: Policy;
}

export interface CommandSituation<Fields, State extends string, Input> extends Situation<
  Fields,
  State
> {
  readonly input: Input;
  readonly actor: Actor;
  readonly now: Instant;
  /** The record that `related` named; undefined when it named none or there is none. */
  readonly related: RelatedRecord | undefined;
}

/** What a command needs to know of another record. */
export interface RelatedRecord {
  readonly number: RecordNumber;
  readonly process: string;
  readonly organisation: string;
  readonly state: string;
  /** Its parent, the parent's parent and so on. */
  readonly ancestors: readonly string[];
}

/** A stretch of time that a clock is not to count after all. */
export interface Exclusion {
  readonly clock: string;
  readonly from: Instant;
  readonly to: Instant;
}

export interface Command<Fields, State extends string, Shape extends z.ZodObject = z.ZodObject> {
  /** One line for people: what it does. */
  readonly does: string;
  readonly from: readonly State[];
  /** The state it leads to; absent: the state stays. */
  readonly to?: State | ((situation: CommandSituation<Fields, State, z.output<Shape>>) => State);
  readonly by: readonly Role[];
  /** In these states fewer may: these alone. */
  readonly byIn?: Readonly<Partial<Record<State, readonly Role[]>>>;
  readonly input: Shape;
  /** Given only through a resource of its own, which makes the input: it is no `POST …/{command}`. */
  readonly resource?: string;
  /** It erases free texts: which, its input says as `redaction` in domain/redaction.ts has it. The event's data gets their ids as `texts`. */
  readonly erases?: true;
  /** The type of the event it becomes, in the past tense. */
  readonly event: string;
  /** A rule beyond states and roles: what is wrong and what to do (with the place in the input, when it is the input's fault), or undefined when all is well. */
  readonly refuse?: (
    situation: CommandSituation<Fields, State, z.output<Shape>>,
  ) => Refusal | undefined;
  readonly set?: (situation: CommandSituation<Fields, State, z.output<Shape>>) => Partial<Fields>;
  /** Why it sets a field as it does, where more than the input decided. */
  readonly reasons?: (
    situation: CommandSituation<Fields, State, z.output<Shape>>,
  ) => readonly Reason[];
  /** The number of another record that the decision looks at: loaded in the same transaction. */
  readonly related?: (input: z.output<Shape>) => string | undefined;
  /** Takes time out of a clock and computes it anew. A breach that was noted stays noted. */
  readonly exclude?: (
    situation: CommandSituation<Fields, State, z.output<Shape>>,
  ) => Exclusion | undefined;
}

export interface ClockDefinition<Fields, State extends string, CommandName extends string> {
  readonly target: (situation: Situation<Fields, State>) => Target | undefined;
  readonly runsIn: readonly State[];
  readonly pausedWhile?: (situation: Situation<Fields, State>) => boolean;
  /** When true the goal is met and the clock stops for good. */
  readonly until?: (record: RecordState<Fields, State>) => boolean;
  readonly warnAt?: readonly number[];
  /** Each time it starts to run it begins from nothing. */
  readonly restarts?: boolean;
  /** The command that the system gives when the target is used up; without it that is a breach. */
  readonly then?: CommandName;
}

/** A moment that the record's own fields name, such as a follow-up. */
export interface TimerDefinition<Fields, State extends string, CommandName extends string> {
  /** When it is due; null when it is not set. */
  readonly at: (record: RecordState<Fields, State>) => Instant | null;
  /** The command that the system gives then; it must move or clear the moment. */
  readonly then: CommandName;
}

/** A record before and after one event. */
export interface Transition<Fields, State extends string> {
  readonly before: RecordState<Fields, State>;
  readonly after: RecordState<Fields, State>;
  readonly policy: Policy;
}

/** What people see of a record who only ask: nothing else is shown to them. */
export interface RequesterView<Field extends string = string> {
  readonly fields: readonly Field[];
  /** By an event's type, which parts of its data; a type that is not named is not shown. */
  readonly events: Readonly<
    Record<string, readonly string[] | ((data: AnyFields, policy: Policy) => readonly string[])>
  >;
}

export type Reaction<Fields, State extends string> =
  | {
      readonly kind: 'during';
      readonly name: string;
      /** Starts its effect whenever this first becomes true, and cancels it and all that came of it when it is no longer. */
      readonly when: (situation: Situation<Fields, State>) => boolean;
      readonly effects: (situation: Situation<Fields, State>) => readonly Effect[];
      /** While the condition goes on to hold: what runs is cancelled and begins anew. */
      readonly again: ((change: Transition<Fields, State>) => boolean) | null;
    }
  | {
      readonly kind: 'on';
      readonly event: string;
      readonly during: string | null;
      readonly effects: (
        situation: Situation<Fields, State> & { readonly event: DomainEvent },
      ) => readonly Effect[];
    }
  | {
      readonly kind: 'after';
      /** The `during` reaction whose every end asks for its effects: also when it begins anew at once. */
      readonly during: string;
      readonly effects: readonly Effect[];
    };

export interface Opening<Fields, Shape extends z.ZodObject = z.ZodObject> {
  readonly by: readonly Role[];
  readonly input: Shape;
  readonly refuse?: (opening: OpeningSituation<z.output<Shape>>) => Refusal | undefined;
  readonly fields: (opening: OpeningSituation<z.output<Shape>>) => Fields;
}

export interface OpeningSituation<Input> {
  readonly input: Input;
  readonly actor: Actor;
  readonly policy: Policy;
  readonly now: Instant;
}

/** A field that follows from others: computed again after each event, with its reason. */
export type Derivation<Fields, State extends string> = (
  situation: Situation<Fields, State>,
) => Omit<Reason, 'of'>;

/** The whole definition, as the engine sees it. */
export interface Process<
  Fields = AnyFields,
  State extends string = string,
  CommandName extends string = string,
> {
  readonly name: string;
  /** The API's resource: `incidents`. */
  readonly plural: string;
  readonly prefix: string;
  /** Raised with every change of the definition. */
  readonly version: number;
  readonly states: Readonly<Record<State, string>>;
  readonly initial: State;
  /** States in which nothing more is due. A command may still lead out of one. */
  readonly final: readonly State[];
  readonly opening: Opening<Fields>;
  readonly derive: { readonly [K in keyof Fields & string]?: Derivation<Fields, State> };
  readonly commands: Readonly<Record<CommandName, Command<Fields, State>>>;
  readonly clocks: Readonly<Record<string, ClockDefinition<Fields, State, CommandName>>>;
  readonly timers: Readonly<Record<string, TimerDefinition<Fields, State, CommandName>>>;
  /** Fields that came with a later version, as they are for records that an earlier one opened. */
  readonly added: Partial<Fields>;
  readonly requesters: RequesterView;
  readonly reactions: readonly Reaction<Fields, State>[];
}
