import { identifyMethod } from '../db/contactMethods.ts';
import { findSending } from '../db/contactSendings.ts';
import { inTransaction } from '../db/pool.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import { CODE_LASTS } from './contactCodes.ts';
import { recordMethodChange } from './contactMethods.ts';
import type { Engine } from './engine.ts';

/** A user of a chat server who pressed "This is me" in a message with a code. */
export interface ChatUser {
  readonly kind: ChannelKind;
  /** The contact method that the code was sent to. */
  readonly method: string;
  /** Which sending of a code it was. */
  readonly sending: string;
  /** The chat server's name for them. */
  readonly user: string;
}

/**
 * Learns who presses buttons on a chat server, by the contact method at which they read a code. They count as its person once the method is
 * verified, which only the code does.
 * @returns false when the code was sent too long ago, or its method is gone: nothing has changed
 */
export function identifyUser(
  engine: Engine,
  { kind, method, sending, user }: ChatUser,
): Promise<boolean> {
  const now = engine.clock();
  return inTransaction(engine.pool, async (tx) => {
    const sent = /^\d{1,18}$/.test(sending) ? await findSending(tx, sending) : undefined;
    if (sent === undefined || sent.at + CODE_LASTS < now) return false;
    const changed = await identifyMethod(tx, { id: method, kind, user });
    if (changed === undefined) return false;
    await recordMethodChange(
      tx,
      'contactMethodIdentified',
      changed,
      `person:${changed.person}`,
      now,
    );
    return true;
  });
}
