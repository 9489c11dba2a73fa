import {
  finishInbound,
  giveUpInbound,
  inboundOutcome,
  keepInbound,
  openInbound,
  postponeInbound,
  pruneInbound,
  reviveInbound,
  takeInbound,
} from '../db/inbound.ts';
import type { Inbound, StoredInbound, WaitingInbound } from '../db/inbound.ts';
import { pruneLinks } from '../db/links.ts';
import { findPage } from '../db/pageAnswers.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import type { Actor } from '../domain/actor.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { DAY, MINUTE, SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import { deliveryArrived, deliveryFailed } from './deliveryReports.ts';
import type { Engine } from './engine.ts';
import { optIn, optOut } from './optOut.ts';
import { answerPage, isPageAnswer } from './pageAnswers.ts';

/** Why an answer that came in has no effect, as it is seen when it comes. */
export type Disregard =
  /** Nobody is known by that user or number. */
  | 'unknownPerson'
  /** The page went to somebody else. */
  | 'notTheirs'
  /** No page that was sent there lately has this code. */
  | 'wrongCode'
  /** Too many wrong codes came: replies from there are not looked at for a while. */
  | 'tooManyWrongCodes';

/** What came of something that came in: `kept`: a fault came between, and it is applied as soon as that is over. */
export type InboundOutcome = string;

export const KEPT: InboundOutcome = 'kept';

async function applyAnswer(
  engine: Engine,
  tx: Queryable,
  { effectKey, person, answer }: StoredInbound,
  now: Instant,
): Promise<InboundOutcome> {
  const page = effectKey === null ? undefined : await findPage(tx, effectKey);
  // Only what belongs to a round of pages asks for answers.
  const asks = page !== undefined && page.during !== null;
  if (!asks || person === null || answer === null || !isPageAnswer(answer)) return 'notThere';
  if (page.person !== null && page.person !== person) return 'notTheirs' satisfies Disregard;
  return (await answerPage(engine, tx, { ...page, person }, { answer, via: 'reply' }, now)).kind;
}

async function applyReport(
  engine: Engine,
  tx: Queryable,
  { effectKey, delivered, detail, methods }: StoredInbound,
  now: Instant,
): Promise<InboundOutcome> {
  if (effectKey === null) return 'notThere';
  const reason = detail ?? '';
  if (delivered === true) await deliveryArrived(engine, effectKey, reason);
  else await deliveryFailed(engine, { effectKey, reason, certain: true });
  await optOut(tx, methods, now);
  return 'noted';
}

async function apply(
  engine: Engine,
  tx: Queryable,
  inbound: StoredInbound,
  now: Instant,
): Promise<InboundOutcome> {
  switch (inbound.kind) {
    case 'answer':
      return applyAnswer(engine, tx, inbound, now);
    case 'report':
      return applyReport(engine, tx, inbound, now);
    case 'optOut':
      return (await optOut(tx, inbound.methods, now)) ? 'given' : 'unchanged';
    case 'optIn':
      return (await optIn(tx, inbound.methods, now)) ? 'given' : 'unchanged';
  }
}

/** Lets one that was kept have its effect, once. @returns what came of it; `kept` when another call is just at it */
async function applyOne(engine: Engine, id: string): Promise<InboundOutcome> {
  const now = engine.clock();
  const outcome = await inTransaction(engine.pool, async (tx) => {
    const inbound = await takeInbound(tx, id);
    if (inbound === undefined) return undefined;
    const result = await apply(engine, tx, inbound, now);
    await finishInbound(tx, id, result, now);
    return result;
  });
  if (outcome !== undefined) engine.onWake();
  return outcome ?? (await inboundOutcome(engine.pool, id)) ?? KEPT;
}

/**
 * Takes in what a provider called back with: it is kept first, so that it may be acknowledged, and then has its effect. What came before has none
 * again, and is answered as it was then.
 * @param disregard why it is to have no effect
 * @throws a fault when it could not be kept: the provider must tell it again
 */
export async function receive(
  engine: Engine,
  inbound: Inbound,
  disregard: Disregard | null = null,
): Promise<InboundOutcome> {
  const kept = await keepInbound(engine.pool, inbound, engine.clock(), disregard);
  if (kept.outcome !== null) return kept.outcome;
  // It is kept: a fault from here on is the sweep's to mend.
  return applyOne(engine, kept.id).catch(() => KEPT);
}

const SWEPT_AT_ONCE = 100;

const FIRST_PAUSE = 20 * SECOND;
const LONGEST_PAUSE = 10 * MINUTE;
/** About three hours, of a database that works: while it is away nothing is counted. */
const MOST_ATTEMPTS = 20;
/** Longer than any provider tells something again: until then a repeat is known as one. */
const KEPT_FOR = 30 * DAY;

/** What a sweep could not apply. */
export interface Unapplied {
  readonly id: string;
  readonly fault: unknown;
  /** It was the last attempt. */
  readonly gaveUp: boolean;
}

/** Notes a failed attempt: the next one comes after twice the time, and after the last one it is given up. */
async function postpone(
  { pool, clock }: Engine,
  { id, attempts }: WaitingInbound,
  fault: unknown,
): Promise<Unapplied> {
  const now = clock();
  const gaveUp = attempts + 1 >= MOST_ATTEMPTS;
  const error = fault instanceof Error ? fault.message : String(fault);
  if (gaveUp) await giveUpInbound(pool, id, error, now);
  else {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempts);
    await postponeInbound(pool, id, error, now + pause);
  }
  return { id, fault, gaveUp };
}

/** Whether a text is the id of one that was kept, or may be: PostgreSQL takes no other. */
const ID = /^[1-9]\d{0,17}$/;

/**
 * Tries one that was given up again, here and now; when it fails still it waits, and sweeps try it as they did at first. For one that was not given up
 * there is nothing to do.
 * @returns what came of it; `kept`: it waits
 */
export async function retryInbound(
  engine: Engine,
  id: string,
  actor: Actor,
): Promise<Result<InboundOutcome>> {
  const { pool, clock } = engine;
  const now = clock();
  const notThere = refuse({ kind: 'notFound', what: `the answer ${id}` });
  if (!ID.test(id)) return notThere;
  const revived = await inTransaction(pool, async (tx) => {
    const inbound = await reviveInbound(tx, id, now + FIRST_PAUSE);
    if (inbound === undefined) return false;
    const { provider, kind, effectKey, person } = inbound;
    const data = { answer: id, provider, kind, effectKey, person };
    await recordChange(tx, { kind: 'answerTriedAgain', actor: actorName(actor), at: now, data });
    return true;
  });
  if (!revived) {
    const outcome = await inboundOutcome(pool, id);
    return outcome === undefined ? notThere : ok(outcome ?? KEPT);
  }
  try {
    return ok(await applyOne(engine, id));
  } catch (fault) {
    await postpone(engine, { id, attempts: 0 }, fault);
    return ok(KEPT);
  }
}

/**
 * Applies what was kept and did not have its effect because a fault came between, and forgets what had it long ago, as well as links that expired as long ago.
 * @returns what still waits, or was given up
 * @throws a fault of the database as a whole: no attempt is counted for that
 */
export async function applyKept(engine: Engine): Promise<readonly Unapplied[]> {
  const { pool, clock } = engine;
  const unapplied: Unapplied[] = [];
  for (const waiting of await openInbound(pool, clock(), SWEPT_AT_ONCE)) {
    try {
      await applyOne(engine, waiting.id);
    } catch (fault) {
      unapplied.push(await postpone(engine, waiting, fault));
    }
  }
  const before = clock() - KEPT_FOR;
  await pruneInbound(pool, before);
  await pruneLinks(pool, before);
  return unapplied;
}
