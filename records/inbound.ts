import { disableMethods, enableMethods } from '../db/contactMethods.ts';
import {
  finishInbound,
  inboundOutcome,
  keepInbound,
  openInbound,
  takeInbound,
} from '../db/inbound.ts';
import type { Inbound, StoredInbound } from '../db/inbound.ts';
import { findPage } from '../db/pageAnswers.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import type { Instant } from '../domain/time.ts';
import { recordMethodChange } from './contactMethods.ts';
import { deliveryArrived, deliveryFailed } from './deliveryReports.ts';
import type { Engine } from './engine.ts';
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

/** The word by which a person switched a method off, and can switch it on again. */
export const STOPPED = 'its owner sent STOP';

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

async function applyReport(engine: Engine, inbound: StoredInbound): Promise<InboundOutcome> {
  const { effectKey, delivered, detail } = inbound;
  if (effectKey === null) return 'notThere';
  const reason = detail ?? '';
  if (delivered === true) await deliveryArrived(engine, effectKey, reason);
  else await deliveryFailed(engine, { effectKey, reason, certain: true });
  return 'noted';
}

/** STOP and START: the provider heeds them anyway; here the person sees it, and no page is planned for a number that refuses it. */
async function applySwitch(
  tx: Queryable,
  { kind, methods }: StoredInbound,
  now: Instant,
): Promise<InboundOutcome> {
  const off = kind === 'optOut';
  const changed = off
    ? await disableMethods(tx, methods, STOPPED, now)
    : await enableMethods(tx, methods, STOPPED);
  const what = off ? 'contactMethodDisabled' : 'contactMethodEnabled';
  for (const method of changed) {
    await recordMethodChange(tx, what, method, `person:${method.person}`, now);
  }
  return changed.length === 0 ? 'unchanged' : 'given';
}

function apply(
  engine: Engine,
  tx: Queryable,
  inbound: StoredInbound,
  now: Instant,
): Promise<InboundOutcome> {
  switch (inbound.kind) {
    case 'answer':
      return applyAnswer(engine, tx, inbound, now);
    case 'report':
      return applyReport(engine, inbound);
    case 'optOut':
    case 'optIn':
      return applySwitch(tx, inbound, now);
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

/**
 * Applies what was kept and did not have its effect because a fault came between.
 * @returns the faults of those that still wait
 */
export async function applyKept(engine: Engine): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  for (const id of await openInbound(engine.pool, SWEPT_AT_ONCE)) {
    await applyOne(engine, id).catch((error: unknown) => faults.push(error));
  }
  return faults;
}
