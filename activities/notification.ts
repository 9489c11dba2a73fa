import { ApplicationFailure } from '@temporalio/common';
import { alongWith, dissolve } from '../db/bundles.ts';
import type { Along } from '../db/bundles.ts';
import { beginDelivery, failDelivery, failedAttempts, finishSent } from '../db/deliveries.ts';
import { releaseEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { Superseded } from '../db/identity.ts';
import type { NewLink } from '../db/links.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import { saysWhoPressed } from '../domain/channelKinds.ts';
import { backOff } from '../domain/notification/backOff.ts';
import type { Policy } from '../domain/policy.ts';
import { urgencyOf } from '../domain/precedence.ts';
import { HOUR, SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { bringForward, bringForwardAlong } from '../records/otherWays.ts';
import { giveUp } from '../records/giveUp.ts';
import { pageLinks } from '../records/links.ts';
import { optOutAt } from '../records/optOut.ts';
import { directionsBy, directionsOf } from '../records/recipient.ts';
import type { MadeOf } from '../records/request.ts';
import { DeliveryError } from '../channels/channel.ts';
import type { OutboundMessage, Recipient } from '../channels/channel.ts';
import { channelOf } from '../channels/index.ts';
import { send } from '../channels/send.ts';
import { takeTurn } from './bundling.ts';
import type { ActivityDeps } from './deps.ts';
import { occasionOf } from './occasion.ts';
import { createSlots } from './slots.ts';
import { render } from './render.ts';

export type NotificationDeps = Pick<
  ActivityDeps,
  'engine' | 'config' | 'channels' | 'secret' | 'driver'
>;
export type NotificationEffect = StoredEffect & { readonly kind: 'notification' };

/** How a message is sent, beside what it is. */
export interface HowToNotify {
  /** How many may wait for its receiver before it. */
  readonly waiting?: number;
  /** What it is made of and where it goes, as it was just committed: then neither is read again. */
  readonly madeOf?: MadeOf | undefined;
  /** Called as it waits for its receiver. */
  readonly onReceiver?: (() => void) | undefined;
}

/** A message that was sent at the last moment can still be answered for most of a day. */
const LINK_OUTLIVES_EFFECT = 18 * HOUR;

/** A thousand pages of one instant by one provider that takes a third of a second for each: in less than a minute. */
const SENDS_PER_RECEIVER = 8;

/** Fifty steps a second by one provider that takes almost half a second for each. With those who wait it stays well below the slots of the worker. */
const MOST_SENDS_PER_RECEIVER = 24;

/** So many messages wait for a place of a receiver at most: each keeps a slot of the worker, which are what a receiver that hangs would take. */
const WAITING = 12;

/** Of this worker: its slots are what a receiver that hangs would take. */
const receivers = createSlots({
  places: SENDS_PER_RECEIVER,
  most: MOST_SENDS_PER_RECEIVER,
  patience: SECOND,
});

/**
 * Delivers one message to one person: at least once, under the same key each time. The effect must be claimed by the caller, who also keeps its
 * lease. It ends as done, or as dead with the reason when no attempt can succeed any more: of a dead page the record is told (records/giveUp.ts).
 * @param now the record's time, for the content; the ledger's times are the machine's
 * @throws ApplicationFailure `DeliveryFailed`, `ReceiverBusy` or `Bundled` to be called again; it names no person and no receiver, for Temporal's history keeps it
 */
export async function notify(
  deps: NotificationDeps,
  effect: NotificationEffect,
  now: Instant,
  { waiting = WAITING, madeOf, onReceiver }: HowToNotify = {},
): Promise<void> {
  const { engine, driver } = deps;
  const { policy, recipient } =
    (madeOf && directionsBy(madeOf, effect)) ?? (await directionsOf(engine, effect));
  if (typeof recipient === 'string') {
    await giveUp(engine, effect, { reason: recipient, now, driver });
    return;
  }
  const turn = await takeTurn(engine.pool, effect, policy.body.notificationLimit, engine.clock());
  if (turn.kind === 'sent') return;
  if (turn.kind === 'wait') {
    await releaseEffect(engine.pool, effect.key, null);
    const message = `${effect.key} waits: it goes along with another one, or the limit of its receiver is used up`;
    throw ApplicationFailure.create({ message, type: 'Bundled', nextRetryDelay: turn.ms });
  }
  onReceiver?.();
  const waitsSince = performance.now();
  const leave = await receivers.enter(receiverOf(effect, recipient), urgencyOf(effect), waiting);
  if (leave === undefined) {
    await releaseEffect(engine.pool, effect.key, null);
    // Jittered, so that those who wait do not all come back at once.
    const nextRetryDelay = Math.round(SECOND * (0.75 + Math.random() / 2));
    const message = `${effect.key} waits: as many messages to its receiver are under way as it may have, and others wait or it answers none`;
    throw ApplicationFailure.create({ message, type: 'ReceiverBusy', nextRetryDelay });
  }
  let went: 'well' | 'badly' | undefined;
  try {
    const along = turn.takesAlong ? await alongWith(engine.pool, effect.key) : [];
    // What waited for long is read after all: meanwhile the record may have changed, or a text of it been erased.
    const known = performance.now() - waitsSince < SECOND ? madeOf : undefined;
    const composed = await compose(deps, effect, { recipient, along, known }, policy, now);
    went = 'badly';
    went = await deliver(deps, effect, composed, now);
  } finally {
    leave(went);
  }
}

/** What can hang: the host that the address names, or else the one provider of the channel. */
function receiverOf({ channel }: NotificationEffect, { address }: Recipient): string {
  return (URL.canParse(address) && new URL(address).host) || channel;
}

/** A message as it leaves, and the links that it holds, which are to be stored before. */
interface Composed {
  readonly message: Omit<OutboundMessage, 'thread'>;
  readonly links: readonly NewLink[];
}

async function compose(
  { engine, config, secret }: NotificationDeps,
  effect: NotificationEffect,
  {
    recipient,
    along,
    known,
  }: {
    readonly recipient: Recipient;
    readonly along: readonly Along[];
    readonly known: MadeOf | undefined;
  },
  policy: Policy,
  now: Instant,
): Promise<Composed> {
  const { key, number, organisation, person, message, channel } = effect;
  const occasion = await occasionOf({ engine, config }, effect, policy, now, known);
  const expiresAt = effect.giveUpAt + LINK_OUTLIVES_EFFECT;
  // A link answers for one person: where many read, buttons that say who pressed them do.
  const links =
    message === 'page' && person !== undefined
      ? pageLinks(secret, { effectKey: key, number, organisation, person, expiresAt })
      : undefined;
  const rendered = render({
    ...occasion,
    isAnswerable: message === 'page' && (person !== undefined || saysWhoPressed(channel)),
    ...(links && {
      acknowledgeUrl: `${config.publicUrl}/a/${links.acknowledge}`,
      answerUrl: `${config.publicUrl}/a/${links.answer}`,
    }),
    along: along.map((one) => one.number),
  });
  return { message: { key, person: recipient, ...rendered }, links: links?.stored ?? [] };
}

/** After so many attempts in vain the person is tried by their next method too. */
const FALL_BACK_AFTER = 3;

/** @returns how it went with the receiver; undefined when that says nothing about other messages */
async function deliver(
  { engine, channels, driver }: NotificationDeps,
  effect: NotificationEffect,
  { message, links }: Composed,
  now: Instant,
): Promise<'well' | undefined> {
  const { pool, clock } = engine;
  const { key, number, channel } = effect;
  // A cancelled message must not be sent, even when the signal that says so was lost: so this is asked last.
  const begun = await beginDelivery(pool, effect, { links, driver, at: clock() });
  if (begun.kind === 'unwanted') return undefined;
  if (begun.kind === 'superseded') {
    await releaseEffect(pool, key, null);
    throw new Superseded(driver);
  }
  const { id, thread } = begun;
  const sent = await send(channelOf(channels, channel), { ...message, thread });
  const at = clock();
  if (!(sent instanceof DeliveryError)) {
    await finishSent(pool, id, key, sent, at);
    return 'well';
  }
  const along = await alongWith(pool, key);
  const reason = sent.message;
  const noteFailure = (tx: Queryable) => failDelivery(tx, id, reason, at);
  if (!sent.retryable || at >= effect.giveUpAt) {
    const also = async (tx: Queryable): Promise<void> => {
      await noteFailure(tx);
      if (sent.optedOut) await optOutAt(tx, channel, message.person.address, at);
    };
    await giveUp(engine, effect, { reason, now, driver, also });
    await bringForwardAlong(engine, along);
    return undefined;
  }
  const fallBack = sent.noDelivery || effect.attempts >= FALL_BACK_AFTER;
  const { failures, broughtForward } = await inTransaction(pool, async (tx) => {
    if (fallBack) await lockRecord(tx, number);
    await noteFailure(tx);
    await releaseEffect(tx, key, reason);
    await dissolve(tx, key);
    return {
      failures: await failedAttempts(tx, key),
      broughtForward: fallBack && (await bringForward(tx, effect)),
    };
  });
  if (broughtForward) engine.onWake();
  if (fallBack) await bringForwardAlong(engine, along);
  throw ApplicationFailure.create({
    message: `${key} was not accepted: the ledger of ${number} says why`,
    type: 'DeliveryFailed',
    nextRetryDelay: sent.retryAfterMs ?? backOff(failures, Math.random()),
  });
}
