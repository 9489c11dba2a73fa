import type { z } from 'zod';
import type {
  ClockDefinition,
  Command,
  Derivation,
  DomainEvent,
  Effect,
  Opening,
  Process,
  Reaction,
  RequesterView,
  Situation,
  TimerDefinition,
  Transition,
} from './process.ts';

interface Begin<Fields, State extends string, Shape extends z.ZodObject> {
  readonly name: string;
  readonly plural: string;
  readonly prefix: string;
  readonly version: number;
  readonly states: Readonly<Record<State, string>>;
  readonly initial: NoInfer<State>;
  readonly final: readonly NoInfer<State>[];
  readonly opening: Opening<Fields, Shape>;
  readonly derive: {
    readonly [K in keyof NoInfer<Fields> & string]?: Derivation<NoInfer<Fields>, NoInfer<State>>;
  };
  readonly added?: Partial<NoInfer<Fields>>;
  /** Absent: they see that the record is there, and its state. */
  readonly requesters?: RequesterView;
}

/** What a command takes, refuses and changes. Who may give it, in which states, and where it leads, the definition says. */
export type CommandRules<
  Fields,
  State extends string,
  Shape extends z.ZodObject = z.ZodObject,
> = Omit<Command<Fields, State, Shape>, 'from' | 'to' | 'by' | 'byIn'>;

/**
 * For the rules of a process's commands, each in the file of its subject: `const command = commandRules<Fields, State>()`, then
 * `command({ does, input, event, … })`, checked against the fields, the states and its own input.
 */
export function commandRules<Fields, State extends string>() {
  return <Shape extends z.ZodObject, const EventName extends string>(
    rules: CommandRules<Fields, State, Shape> & { readonly event: EventName },
  ) => rules as unknown as CommandRules<Fields, State> & { readonly event: EventName };
}

/** `during`, `after` and `on`: how a definition says what must be done outside. */
export interface ReactionKit<Fields, State extends string, EventName extends string> {
  /** While a condition holds: its effects start when it becomes true, and anew with `again`, and are cancelled when it ceases to be. */
  readonly during: (
    name: string,
    when: (situation: Situation<Fields, State>) => boolean,
    effects: (situation: Situation<Fields, State>) => readonly Effect[],
    again?: (change: Transition<Fields, State>) => boolean,
  ) => Reaction<Fields, State>;
  /** Each time that the `during` reaction of this name ends. */
  readonly after: (during: string, ...effects: readonly Effect[]) => Reaction<Fields, State>;
  /** Once for each event of a type; with `during` what it asks for is cancelled when that reaction ends. */
  readonly on: (
    event: EventName,
    effects: (
      situation: Situation<Fields, State> & { readonly event: DomainEvent },
    ) => readonly Effect[],
    during?: string,
  ) => Reaction<Fields, State>;
}

/**
 * Begins the definition of a process: what it is called, its states, how a record opens. Then come its commands, its clocks and its
 * reactions, each checked by the compiler against what was said before: an unknown state, field, command, clock or event does not compile.
 */
export function defineProcess<Fields, const State extends string, Shape extends z.ZodObject>(
  begin: Begin<Fields, State, Shape>,
) {
  return {
    commands<const CommandName extends string, const CommandEvent extends string>(
      commands: Readonly<
        Record<CommandName, Command<Fields, State> & { readonly event: CommandEvent }>
      >,
    ) {
      return {
        clocks<const ClockName extends string>(
          clocks: Record<ClockName, ClockDefinition<Fields, State, CommandName>>,
          timers: Record<string, TimerDefinition<Fields, State, CommandName>> = {},
        ) {
          type EventName = 'opened' | CommandEvent | `${ClockName}.${'warned' | 'breached'}`;
          return {
            reactions(
              make: (
                kit: ReactionKit<Fields, State, EventName>,
              ) => readonly Reaction<Fields, State>[],
            ): Process<Fields, State, CommandName> {
              const reactions = make({
                during: (name, when, effects, again) => ({
                  kind: 'during',
                  name,
                  when,
                  effects,
                  again: again ?? null,
                }),
                after: (during, ...effects) => ({ kind: 'after', during, effects }),
                on: (event, effects, during) => ({
                  kind: 'on',
                  event,
                  effects,
                  during: during ?? null,
                }),
              });
              const opening = begin.opening as unknown as Opening<Fields>;
              const added = begin.added ?? {};
              const requesters = begin.requesters ?? { fields: [], events: {} };
              return { ...begin, added, requesters, opening, commands, clocks, timers, reactions };
            },
          };
        },
      };
    },
  };
}

/** The definition with its names forgotten, for the engine, which serves every process alike. */
export function erase<F, S extends string, C extends string>(process: Process<F, S, C>): Process {
  return process as unknown as Process;
}
