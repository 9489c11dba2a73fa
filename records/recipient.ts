import { findMethod } from '../db/contactMethods.ts';
import type { AddressedNotification } from '../db/effects.ts';
import type { Queryable } from '../db/pool.ts';
import { isPolicyMethod } from '../domain/notification/contactMethod.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';

/** Whom a message is for, by their name, and where it goes. */
interface Addressee {
  readonly name: string;
  readonly address: string;
}

/** What of a message says where it goes. */
type Addressed = Pick<AddressedNotification, 'person' | 'namedChannel' | 'channel' | 'method'>;

/**
 * Whom a message is for, and the address as it is now.
 * @param policy the one in force
 * @returns why it cannot be sent there, in words, when the person, the place or the way is gone
 */
export async function recipientOf(
  db: Queryable,
  policy: Policy,
  { person, namedChannel, channel, method }: Addressed,
): Promise<Addressee | string> {
  if (person === undefined) {
    const place = entry(policy.body.channels, namedChannel ?? null);
    if (place?.kind !== channel)
      return `the policy has no ${channel} channel "${namedChannel ?? ''}"`;
    return { name: namedChannel ?? '', address: place.address };
  }
  const known = entry(policy.body.people, person);
  if (known === undefined) return `"${person}" is no longer in the policy`;
  if (!known.active) return `"${person}" is not active any more`;
  if (method === undefined || isPolicyMethod(method)) {
    const address = channel === 'email' || channel === 'webhook' ? known[channel] : undefined;
    if (address === undefined) return `"${person}" has no ${channel} any more`;
    return { name: known.name, address };
  }
  const found = await findMethod(db, method);
  if (found?.person !== person) return `"${person}" has no contact method ${method} any more`;
  if (found.disabledWhy !== null) return `contact method ${method} is off: ${found.disabledWhy}`;
  return { name: known.name, address: found.address };
}
