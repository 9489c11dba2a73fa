import { DeliveryError } from '../channels/channel.ts';
import { channelOf } from '../channels/index.ts';
import { send } from '../channels/send.ts';
import { findSending, finishSending } from '../db/contactSendings.ts';
import type { SendingResult } from '../db/contactSendings.ts';
import { inTransaction } from '../db/pool.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import { refuseInput } from '../domain/input.ts';
import { SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { optOutAt } from '../records/optOut.ts';
import type { Limited } from '../records/sendingLimits.ts';
import { noticeMessage } from './contactNotice.ts';
import type { Notice } from './contactNotice.ts';
import type { ApiDeps } from './deps.ts';
import { problem, RequestProblem } from './problem.ts';
import { valueOf } from './result.ts';

type Deps = Pick<ApiDeps, 'engine' | 'channels'>;

/** @throws RequestProblem (422) that says what to set */
export function requireSetUp({ channels }: Pick<ApiDeps, 'channels'>, kind: ChannelKind): void {
  const { unavailable } = channelOf(channels, kind);
  if (unavailable !== undefined) {
    valueOf(refuseInput([{ pointer: '/kind', detail: `cannot be used here: ${unavailable}` }]));
  }
}

/** @throws RequestProblem (422) for an address that the channel itself cannot use */
export function requireAddress(
  { channels }: Pick<ApiDeps, 'channels'>,
  kind: ChannelKind,
  address: string,
): void {
  const detail = channelOf(channels, kind).addressFault?.(address);
  if (detail !== undefined) valueOf(refuseInput([{ pointer: '/address', detail }]));
}

/** @throws RequestProblem (429) for what would be too much */
export function requireRoom<Asked extends { readonly kind: string }>(
  asked: Asked | Limited,
  now: Instant,
): asserts asked is Exclude<Asked, Limited> {
  if (asked.kind !== 'limited') return;
  const { until } = asked as Limited;
  const seconds = Math.max(1, Math.ceil((until - now) / SECOND));
  const detail = `one a minute goes to an address, and five an hour: ask again in ${seconds} s`;
  throw new RequestProblem(problem('tooMany', detail), { 'Retry-After': String(seconds) });
}

/**
 * Sends a code or a test page while whoever asked waits, and notes what the receiver said: one that wants nothing any more is switched off.
 * @param id of the sending
 */
export async function sendNotice(
  { engine, channels }: Deps,
  id: string,
  kind: ChannelKind,
  notice: Notice,
): Promise<void> {
  const sent = await send(channelOf(channels, kind), noticeMessage(notice));
  const failed = sent instanceof DeliveryError;
  await inTransaction(engine.pool, async (tx) => {
    await finishSending(tx, id, !failed, failed ? sent.message : sent.detail);
    if (failed && sent.optedOut) await optOutAt(tx, kind, notice.address, engine.clock());
  });
}

/** What the receiver said of a sending; of one that nobody knows any more, to ask anew. */
export async function toldOf(
  { engine }: Pick<ApiDeps, 'engine'>,
  id: string,
): Promise<{ accepted: boolean | null; detail: string; at: SendingResult['at'] | undefined }> {
  const told = await findSending(engine.pool, id);
  return {
    accepted: told?.accepted ?? null,
    detail: told?.detail ?? 'what came of it is not known: ask for another one',
    at: told?.at,
  };
}
