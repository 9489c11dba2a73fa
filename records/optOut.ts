import { disableMethods, enableMethods, methodIdsAt } from '../db/contactMethods.ts';
import type { Queryable } from '../db/pool.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import type { Instant } from '../domain/time.ts';
import { recordMethodChange } from './contactMethods.ts';

/** Why a method is off whose owner wants nothing sent there; by the same word it goes on again. */
export const STOPPED = 'its owner sent STOP';

/**
 * No SMS goes to these methods any more: their owner sent STOP, by the provider's word. The provider heeds it anyway; here the person sees it, and no
 * page is planned for a number that refuses it. In the caller's transaction.
 * @returns whether any was on
 */
export async function optOut(
  tx: Queryable,
  methods: readonly string[],
  now: Instant,
): Promise<boolean> {
  const changed = await disableMethods(tx, methods, STOPPED, now);
  for (const method of changed) {
    await recordMethodChange(tx, 'contactMethodDisabled', method, `person:${method.person}`, now);
  }
  return changed.length > 0;
}

/** The same for every method at an address, as a provider says when it refuses a message: several people may share a telephone. */
export async function optOutAt(
  tx: Queryable,
  kind: ChannelKind,
  address: string,
  now: Instant,
): Promise<void> {
  await optOut(tx, await methodIdsAt(tx, kind, address), now);
}

/** Their owner sent START: what STOP switched off is on again. In the caller's transaction. @returns whether any was off for that */
export async function optIn(
  tx: Queryable,
  methods: readonly string[],
  now: Instant,
): Promise<boolean> {
  const changed = await enableMethods(tx, methods, STOPPED);
  for (const method of changed) {
    await recordMethodChange(tx, 'contactMethodEnabled', method, `person:${method.person}`, now);
  }
  return changed.length > 0;
}
