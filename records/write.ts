import { randomUUID } from 'node:crypto';
import type { ClaimedMessages, StoredMessage } from '../db/effects.ts';
import type { Queryable } from '../db/pool.ts';
import { save } from '../db/save.ts';
import type { NewText, Save } from '../db/save.ts';
import { dueAt } from '../domain/due.ts';
import { consequences } from '../domain/effects.ts';
import type { Policy } from '../domain/policy.ts';
import { precedence, urgencyOf } from '../domain/precedence.ts';
import type { Effect, Process, RecordState, Step } from '../domain/process.ts';
import { DAY, HOUR } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { addressed } from './addressed.ts';
import type { Work } from './addressed.ts';
import { chainEvents } from './chain.ts';
import type { Engine } from './engine.ts';
import type { Request } from './request.ts';

/** How long an effect is tried before it is given up. A page is stale long before: what it is for cancels it. */
const giveUpAfter: Readonly<Record<Effect['kind'], number>> = {
  notification: 6 * HOUR,
  advance: HOUR,
  release: DAY,
  update: 6 * HOUR,
  escalation: 30 * DAY,
};

export interface Outcome {
  readonly process: Process;
  readonly policy: Policy;
  /** The policy that decided the record before. */
  readonly previous: Policy;
  readonly steps: readonly Step[];
  readonly decidedAtSeq: number;
  readonly chain: Buffer;
  readonly texts: readonly NewText[];
  readonly request: Request;
  readonly bodyHash: Buffer;
  /** The due moment that the record's workflow had armed before this. */
  readonly armedAt: Instant | null;
}

export interface Written {
  readonly record: RecordState;
  /** Whether a wake for the record's workflow is among it. */
  readonly wakes: boolean;
  /** What the caller sends itself, when the request says that it does. */
  readonly toSend: ClaimedMessages | undefined;
}

type Planned = Save['effects'][number];

function isClaimed({ effect, notBefore }: Work, { sendsAtOnce }: Request): boolean {
  if (sendsAtOnce !== true || effect.kind !== 'notification' || notBefore !== null) return false;
  return urgencyOf(effect) === 'interrupting';
}

function toSend(planned: readonly Planned[], record: RecordState): ClaimedMessages {
  const messages = planned.flatMap(({ key, effect, giveUpAt, claimed }): StoredMessage[] => {
    if (!claimed || effect.kind !== 'notification') return [];
    const { number, organisation, policy } = record;
    return [
      { ...effect, key, number, organisation, policy, giveUpAt, state: 'started', attempts: 1 },
    ];
  });
  return { messages, isMoreToDo: messages.length < planned.length };
}

/**
 * Writes what was decided, in one statement.
 * @param driver the namespace that must drive the records as it is written; left out where that has been made sure of
 * @throws MovedOn when the record was changed meanwhile, which its lock prevents, or is not driven by that namespace
 */
export async function write(
  engine: Engine,
  tx: Queryable,
  outcome: Outcome,
  driver: string | null = null,
): Promise<Written> {
  const { process, policy, steps, request } = outcome;
  const record = steps.at(-1)?.after;
  if (record === undefined) throw new Error('nothing was decided');
  const recordedAt = engine.clock();
  const { effects, ended } = consequences(process, steps, policy, outcome.previous);
  const work = await addressed(tx, record, effects, policy, request.contacts);
  const events = chainEvents(
    outcome.chain,
    steps.map(({ event }) => event),
    {
      number: record.number,
      organisation: record.organisation,
      recordedAt,
      commandId: request.commandId ?? randomUUID(),
    },
  );
  const due = dueAt(process, record);
  const final = process.final.includes(record.state);
  const opened = events[0]?.seq === 1;
  const earlier = due !== null && (outcome.armedAt === null || due < outcome.armedAt);
  const leaves = effects.length > 0 && request.sendsAtOnce !== true;
  const wake = opened || final || earlier || leaves || ended.length > 0;
  const { priority } = record.fields;
  const interrupts = effects.some(({ effect }) => urgencyOf(effect) === 'interrupting');
  const planned = work.map((one): Planned => ({
    ...one,
    giveUpAt: (one.notBefore ?? recordedAt) + giveUpAfter[one.effect.kind],
    claimed: isClaimed(one, request),
  }));
  await save(tx, {
    record,
    driver,
    decidedAtSeq: outcome.decidedAtSeq,
    final,
    dueAt: due,
    chain: events.at(-1)?.hash ?? outcome.chain,
    texts: outcome.texts,
    events,
    effects: planned,
    ended,
    recordedAt,
    command: keyOf(request, outcome.bodyHash),
    wake: wake
      ? {
          priority: precedence(
            typeof priority === 'number' ? priority : null,
            interrupts ? 'interrupting' : 'deferrable',
          ),
        }
      : null,
  });
  return {
    record,
    wakes: wake,
    toSend: request.sendsAtOnce === true ? toSend(planned, record) : undefined,
  };
}

function keyOf({ actor, idempotencyKey }: Request, bodyHash: Buffer) {
  return idempotencyKey === undefined
    ? null
    : { actor: `${actor.kind}:${actor.id}`, key: idempotencyKey, bodyHash };
}
