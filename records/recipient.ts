import { findDirections } from '../db/contactMethods.ts';
import type { AddressedNotification } from '../db/effects.ts';
import { isPolicyMethod } from '../domain/notification/contactMethod.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { MethodPlace } from './contactPlan.ts';
import type { Engine } from './engine.ts';
import { policyInForce } from './policies.ts';
import type { MadeOf } from './request.ts';

/** Whom a message is for, by their name, and where it goes. */
interface Addressee {
  readonly name: string;
  readonly address: string;
}

/** What of a message says where it goes. */
type Addressed = Pick<AddressedNotification, 'person' | 'namedChannel' | 'channel' | 'method'>;

/** Where a message goes under the policy in force: `recipient` says in words why it cannot be sent there, when the person, the place or the way is gone. */
export interface Directions {
  readonly policy: Policy;
  readonly recipient: Addressee | string;
}

/**
 * Whom a message is for, under a policy.
 * @param found where the contact method leads that the message names
 * @returns in words why it cannot be sent there, when the person, the place or the way is gone
 */
function recipientOf(
  policy: Policy,
  { person, namedChannel, channel, method }: Addressed,
  found: MethodPlace | undefined,
): Addressee | string {
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
  if (found?.person !== person) return `"${person}" has no contact method ${method} any more`;
  if (found.disabledWhy !== null) return `contact method ${method} is off: ${found.disabledWhy}`;
  return { name: known.name, address: found.address };
}

/** Where a message goes by what was just committed; undefined when that does not tell of its receiver. */
export function directionsBy(
  { policy, contacts }: MadeOf,
  addressed: Addressed,
): Directions | undefined {
  const { person, method } = addressed;
  if (person !== undefined && !contacts.people.has(person)) return undefined;
  const place = method === undefined ? undefined : contacts.placeOf(method);
  return { policy, recipient: recipientOf(policy, addressed, place) };
}

/** The policy in force, and whom a message is for with the address as it is now: both asked in one statement. */
export async function directionsOf(engine: Engine, addressed: Addressed): Promise<Directions> {
  const { activePolicy, method } = await findDirections(engine.pool, addressed.method);
  const policy = await policyInForce(engine.policies, engine.pool, activePolicy);
  return { policy, recipient: recipientOf(policy, addressed, method) };
}
