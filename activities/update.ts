import { ApplicationFailure } from '@temporalio/common';
import type { DeliveryError } from '../channels/channel.ts';
import { channelOf } from '../channels/index.ts';
import { update } from '../channels/send.ts';
import { wentAlongWith } from '../db/bundles.ts';
import { finishEffect, mayProceed, releaseEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { Superseded } from '../db/identity.ts';
import { isSending, noteChanged, pagesToChange } from '../db/messageUpdates.ts';
import type { ChangeableMessage } from '../db/messageUpdates.ts';
import { readEvents } from '../db/events.ts';
import { seqOf } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { DomainEvent } from '../domain/process.ts';
import { SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { roundEndInWords } from '../records/roundEnd.ts';
import type { ActivityDeps } from './deps.ts';
import { occasionOf } from './occasion.ts';
import { render } from './render.ts';

type UpdateDeps = Pick<ActivityDeps, 'engine' | 'config' | 'channels' | 'driver'>;
type UpdateEffect = Extract<StoredEffect, { kind: 'update' }>;

/** How soon to look again for a page that was on its way when its round ended. */
const WHILE_SENDING = 2 * SECOND;

/**
 * Makes the pages of a round that ended say so where they were sent: their buttons go, and they tell who answered and when. At least once each;
 * one that its receiver will not change stays as it is, and after the effect's time so do all: nobody is paged for that. The effect must be
 * claimed by the caller.
 * @param now the record's time
 * @throws ApplicationFailure `UpdateFailed` or `StillSending` to be called again
 */
export async function updatePages(
  deps: UpdateDeps,
  effect: UpdateEffect,
  now: Instant,
): Promise<void> {
  const { engine, driver } = deps;
  const { pool, clock } = engine;
  const { key, number, of } = effect;
  const round = { number, of, before: seqOf(key) };
  // Asked before the pages are read: what was sent in between is among them.
  const sending = await isSending(pool, round);
  const failed = await changeAll(deps, effect, await pagesToChange(pool, round), now);
  const may = await mayProceed(pool, key, driver);
  if (may === 'unwanted') return;
  if (may === 'yes' && !sending && failed === undefined) {
    await finishEffect(pool, key, 'done', clock());
    return;
  }
  if (may === 'yes' && clock() >= effect.giveUpAt) {
    await finishEffect(pool, key, 'cancelled', clock(), failed?.message ?? 'still being sent');
    return;
  }
  await releaseEffect(pool, key, failed?.message ?? null);
  if (may === 'superseded') throw new Superseded(driver);
  throw ApplicationFailure.create(
    failed === undefined
      ? {
          message: `${key} waits: a page of its round is being sent`,
          type: 'StillSending',
          nextRetryDelay: WHILE_SENDING,
        }
      : {
          message: `${key}: a page could not be changed where it was sent`,
          type: 'UpdateFailed',
          ...(failed.retryAfterMs === undefined ? {} : { nextRetryDelay: failed.retryAfterMs }),
        },
  );
}

/** @returns the fault after which the rest must wait */
async function changeAll(
  deps: UpdateDeps,
  { key, number }: UpdateEffect,
  pages: readonly ChangeableMessage[],
  now: Instant,
): Promise<DeliveryError | undefined> {
  const { engine, channels, driver } = deps;
  if (pages.length === 0) return undefined;
  const policy = await engine.policies.active(engine.pool);
  const [end] = await readEvents(engine.pool, number, { after: seqOf(key) - 1, upTo: seqOf(key) });
  if (end === undefined) throw new Error(`${key} belongs to no event`);
  for (const page of pages) {
    const message = await endedPage(deps, page, number, end, policy, now);
    if ((await mayProceed(engine.pool, key, driver)) !== 'yes') return undefined;
    const fault = await update(channelOf(channels, page.channel), page.providerId, message);
    if (fault?.retryable === true) return fault;
    await noteChanged(engine.pool, page.id, engine.clock());
  }
  return undefined;
}

/** A page as it reads once its round is over: it asks for nothing. */
async function endedPage(
  deps: UpdateDeps,
  { effectKey: key }: ChangeableMessage,
  number: string,
  end: DomainEvent,
  policy: Policy,
  now: Instant,
) {
  const occasion = await occasionOf(deps, { key, number, message: 'page' }, policy, now);
  const along = await wentAlongWith(deps.engine.pool, key);
  const rendered = render({ ...occasion, along: along.map((one) => one.number) });
  const says = roundEndInWords(end, policy);
  const { number: record, title } = rendered.content;
  return {
    ...rendered,
    key,
    subject: `[${record}] ${says} ${title}`,
    content: { ...rendered.content, says, todo: 'This page is over: it asks for no answer.' },
  };
}
