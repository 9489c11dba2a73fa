import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { claimMessages, LEASE_SECONDS, postponeEffect } from '../db/effects.ts';
import { Superseded } from '../db/identity.ts';
import { wakeRecord } from '../db/wakes.ts';
import { precedence } from '../domain/precedence.ts';
import { SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { ToSend } from '../records/request.ts';
import { whileLeased } from './lease.ts';
import { notify } from './notification.ts';
import type { HowToNotify, NotificationDeps, NotificationEffect } from './notification.ts';

/** The event whose messages are to go out. */
interface Asked {
  readonly number: string;
  readonly seq: number;
  /** Of the record. */
  readonly priority: number | null;
  /** Its messages, claimed with its commit; absent: they are to be claimed first. */
  readonly toSend?: ToSend | undefined;
}

/** So long whoever committed a page waits for its receiver: with the commit, and the wait for its turn, it stays below what the local activity may take. */
const WAITS_FOR_RECEIVER = 3 * SECOND;

/** So many wait for one receiver at most: who waits here keeps none of the slots of other messages, and not for long. */
const WAITING = 200;

/** The sends that nobody waits for any more. */
const goingOn = new Set<Promise<unknown>>();

/** Waits for the sends under way: a worker that ends before them leaves them to their leases, and they are repeated. */
export async function sendsEnded(): Promise<void> {
  await Promise.all(goingOn);
}

/** When a message that was not sent may be tried again, after its own failure's word. */
async function postpone(
  { engine }: NotificationDeps,
  key: string,
  error: unknown,
  now: Instant,
): Promise<void> {
  const wait: unknown = error instanceof ApplicationFailure && error.nextRetryDelay;
  if (typeof wait !== 'number') return;
  await postponeEffect(engine.pool, key, Math.max(now, engine.clock()) + wait);
}

/** One attempt at a claimed message. @returns whether it is over and done with */
async function attempt(
  deps: NotificationDeps,
  message: NotificationEffect,
  now: Instant,
  how: HowToNotify,
): Promise<boolean> {
  const send = () => notify(deps, message, now, { waiting: WAITING, ...how });
  try {
    await whileLeased(deps.engine.pool, message, send);
    return true;
  } catch (error) {
    if (error instanceof Superseded) throw error;
    await postpone(deps, message.key, error, now);
    return false;
  }
}

/** Whether a message was sent while it could be waited for; a send that takes longer goes on, and keeps its lease. */
async function inTime(send: Promise<boolean>): Promise<boolean> {
  const noLonger = new AbortController();
  const late = sleep(WAITS_FOR_RECEIVER, false, { signal: noLonger.signal }).catch(() => false);
  const ended = send.catch(() => false).finally(() => goingOn.delete(ended));
  goingOn.add(ended);
  try {
    return await Promise.race([send, late]);
  } finally {
    noLonger.abort();
  }
}

/**
 * Sends the messages worth waking somebody that a commit asked for at once, straight after it: the way by the record's workflow costs a signal, two workflow tasks and an
 * activity more. Whatever does not go at the first attempt, or takes long, is left to that workflow, as is everything else that the commit asked
 * for; so it is when this is never called to its end, for whoever commits is called again.
 * @param now the record's time
 * @param onReceiver called as a message waits for its receiver
 */
export async function sendAtOnce(
  deps: NotificationDeps,
  asked: Asked,
  now: Instant,
  onReceiver: () => void,
): Promise<void> {
  const { engine, driver } = deps;
  const { messages, isMoreToDo, madeOf }: ToSend =
    asked.toSend ?? (await claimMessages(engine.pool, asked, LEASE_SECONDS, driver));
  const sent = await Promise.all(
    messages.map((message) => inTime(attempt(deps, message, now, { madeOf, onReceiver }))),
  );
  if (!isMoreToDo && !sent.includes(false)) return;
  const priority = precedence(asked.priority, 'interrupting');
  await wakeRecord(engine.pool, { ...asked, priority });
  engine.onWake();
}
