import type { Actor, Role } from './actor.ts';
import { decide, decideDue, decideOpen } from './decide.ts';
import { consequences } from './effects.ts';
import type { DomainError, Result } from './errors.ts';
import { recordNumber } from './ids.ts';
import { makePolicy, parsePolicy } from './policy.ts';
import type { Policy, PolicyInput } from './policy.ts';
import { erase } from './defineProcess.ts';
import type {
  AnyFields,
  DomainEvent,
  PlannedEffect,
  Process,
  RecordState,
  RelatedRecord,
  Step,
} from './process.ts';
import { fromIso, parseDuration, toIso } from './time.ts';
import type { Instant } from './time.ts';

/**
 * One record of a process in simulated time: the same decisions as in the running system, without a database, a server or a wait. For the tests of
 * people who write processes and policies.
 */
export class Simulation<Fields, State extends string, CommandName extends string> {
  readonly events: DomainEvent[] = [];
  private readonly process: Process;
  private policy: Policy;
  /** The policy that decided the record last. */
  private decidedBy: Policy;
  private now: Instant;
  private current: RecordState | undefined;
  private wanted: PlannedEffect[] = [];

  /** @param start ISO 8601 with an offset. @throws Error that lists what is wrong with the policy */
  constructor(process: Process<Fields, State, CommandName>, policy: PolicyInput, start: string) {
    this.process = erase(process);
    this.policy = loaded(policy);
    this.decidedBy = this.policy;
    this.now = fromIso(start);
  }

  get record(): RecordState {
    if (this.current === undefined) throw new Error('open the record first');
    return this.current;
  }

  get state(): State {
    return this.record.state as State;
  }

  /** The effects that were asked for and are still wanted. */
  get effects(): readonly PlannedEffect['effect'][] {
    return this.wanted.map(({ effect }) => effect);
  }

  /** When a clock is due, as ISO 8601 in UTC; null while it is paused. */
  dueAt(clock: string): string | null {
    const due = this.record.clocks[clock]?.dueAt ?? null;
    return due === null ? null : toIso(due);
  }

  open(input: AnyFields, actor: Actor = person('ann', 'resolver')): this {
    const of = {
      number: recordNumber(this.process.prefix, 1),
      process: this.process.name,
      organisation: 'main',
    };
    const parsed = this.process.opening.input.parse(input);
    this.take([must(decideOpen(this.process, of, parsed, actor, this.policy, this.now))]);
    return this;
  }

  /** Begins with a record as it is stored, such as one that an earlier version of the definition decided. */
  goOn(record: RecordState): this {
    this.current = record;
    return this;
  }

  /** Gives a command. @param related the record that its `related` names. @throws Error with the refusal; see `refusal` */
  give(
    command: CommandName,
    input: AnyFields = {},
    actor: Actor = person('ann', 'resolver'),
    related?: RelatedRecord,
  ): this {
    this.catchUp();
    this.take([must(this.decide(command, input, actor, related))]);
    return this;
  }

  /** Why a command would be refused now; undefined when it would be accepted. */
  refusal(
    command: CommandName,
    input: AnyFields = {},
    actor: Actor = person('ann', 'resolver'),
    related?: RelatedRecord,
  ): DomainError | undefined {
    this.catchUp();
    const result = this.decide(command, input, actor, related);
    return result.ok ? undefined : result.error;
  }

  /** Lets time pass: a duration such as `4h`, or until an ISO instant. Everything that becomes due on the way happens at its time. */
  pass(durationOrInstant: string): this {
    const duration = parseDuration(durationOrInstant);
    this.now = duration === undefined ? fromIso(durationOrInstant) : this.now + duration;
    this.catchUp();
    return this;
  }

  /** Puts another policy in force. */
  apply(policy: PolicyInput): this {
    this.policy = loaded(policy);
    this.catchUp();
    return this;
  }

  /** What happened, a line each: `09:15 respond.breached`. */
  story(): string[] {
    return this.events.map(({ at, type }) => `${toIso(at).slice(0, 16)} ${type}`);
  }

  private decide(
    command: CommandName,
    input: AnyFields,
    actor: Actor,
    related: RelatedRecord | undefined,
  ): Result<Step> {
    const { process, record, policy, now } = this;
    const parsed = process.commands[command]?.input.parse(input) ?? {};
    return decide(process, record, command, parsed, actor, policy, now, related);
  }

  private due(): Step[] {
    return decideDue(this.process, this.record, this.policy, this.decidedBy, this.now);
  }

  private catchUp(): void {
    this.take(this.due());
  }

  private take(steps: readonly Step[]): void {
    const last = steps.at(-1);
    if (last === undefined) return;
    const { effects, ended } = consequences(this.process, steps, this.policy, this.decidedBy);
    this.decidedBy = this.policy;
    this.wanted = this.wanted.filter(({ during }) => during === null || !ended.includes(during));
    this.wanted.push(...effects);
    this.events.push(...steps.map(({ event }) => event));
    this.current = last.after;
  }
}

/** An actor for simulations. */
export function person(id: string, ...roles: Role[]): Actor {
  return { kind: 'person', id, roles, organisation: 'main' };
}

function loaded(data: PolicyInput): Policy {
  return makePolicy(JSON.stringify(data), must(parsePolicy(data)));
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2));
  return result.value;
}
