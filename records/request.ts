import type { ClaimedMessages } from '../db/effects.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import type { RecordState } from '../domain/process.ts';
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

export interface Committed {
  readonly record: RecordState;
  /** True when this is the stored answer of an earlier call. */
  readonly repeated: boolean;
  /** Whether its workflow is to look again: `engine.onWake()` is to be called once all is committed. */
  readonly wakes?: boolean | undefined;
  /** What the caller is to send, when it asked for that. */
  readonly toSend?: ClaimedMessages | undefined;
  /** The free texts behind the record's fields, by id, as far as they are at hand: null for one that was erased. */
  readonly texts?: ReadonlyMap<string, string | null> | undefined;
}

/** Whether a record is there for somebody at all: people who only ask see their own. */
export function maySee(record: RecordState, actor: Actor): boolean {
  if (!seesOnlyOwn(actor)) return true;
  return record.organisation === actor.organisation && record.fields['requester'] === actor.id;
}
