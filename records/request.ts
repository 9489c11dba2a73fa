import type { ClaimedMessages } from '../db/effects.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import type { Policy } from '../domain/policy.ts';
import type { DomainEvent, RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import type { Contacts } from './contactPlan.ts';

export interface Request {
  readonly actor: Actor;
  /** The record's time: the caller's clock, or the workflow's. Never taken as before the record's last event. */
  readonly now: Instant;
  /** A caller's Idempotency-Key: the same again gets the same answer. */
  readonly idempotencyKey?: string | undefined;
  /** An internal command's id: it is committed once, whoever repeats it. */
  readonly commandId?: string | undefined;
  /** Of a workflow's commit: the Temporal namespace that it runs in, which must drive the records. */
  readonly driver?: string | undefined;
  /** The caller itself sends the messages worth waking somebody that this asks for at once: they come back claimed, and it sees to a wake for the rest. */
  readonly sendsAtOnce?: boolean | undefined;
  /** How people can be reached, where the caller has just read it; of whom it does not tell is read. */
  readonly contacts?: Contacts | undefined;
  /** Refuse unless the record still has this seq. */
  readonly ifMatch?: number | undefined;
}

/** What messages are made of, and where they go, as it was when they were asked for. */
export interface MadeOf {
  readonly policy: Policy;
  readonly record: RecordState;
  /** What was committed together, in order. */
  readonly events: readonly DomainEvent[];
  /** The free texts that they name, by id: null for one that was erased. */
  readonly texts: ReadonlyMap<string, string | null>;
  readonly contacts: Contacts;
}

/** Messages that the caller of a commit sends. */
export interface ToSend extends ClaimedMessages {
  /** Absent: it is to be read. */
  readonly madeOf?: MadeOf | undefined;
}

export interface Committed {
  readonly record: RecordState;
  /** True when this is the stored answer of an earlier call. */
  readonly repeated: boolean;
  /** Whether its workflow is to look again: `engine.onWake()` is to be called once all is committed. */
  readonly wakes?: boolean | undefined;
  /** What the caller is to send, when it asked for that. */
  readonly toSend?: ToSend | undefined;
  /** The free texts behind the record's fields, by id, as far as they are at hand: null for one that was erased. */
  readonly texts?: ReadonlyMap<string, string | null> | undefined;
}

/** Whether a record is there for somebody at all: people who only ask see their own. */
export function maySee(record: RecordState, actor: Actor): boolean {
  if (!seesOnlyOwn(actor)) return true;
  return record.organisation === actor.organisation && record.fields['requester'] === actor.id;
}
