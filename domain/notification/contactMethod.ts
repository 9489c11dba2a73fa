import type { ChannelKind } from '../channelKinds.ts';

/** A way to reach a person, as far as planning needs to know it: the address stays where it is stored. */
export interface ContactMethod {
  readonly id: string;
  readonly kind: ChannelKind;
  /** The person showed that messages arrive there. */
  readonly verified: boolean;
  /** False: switched off, by the person or because the address does not exist any more. */
  readonly enabled: boolean;
  /** False: this installation has no settings for its channel, so nothing can be sent. */
  readonly setUp: boolean;
}

/** What is known of a method where it is written down. */
export type WrittenMethod = Omit<ContactMethod, 'setUp'>;

/** The methods that the policy itself names for a person. An admin wrote them, so they count as verified. */
export function policyMethods(person: {
  readonly email?: string | undefined;
  readonly webhook?: string | undefined;
}): WrittenMethod[] {
  return (['email', 'webhook'] as const)
    .filter((kind) => person[kind] !== undefined)
    .map((kind) => ({ id: `policy-${kind}`, kind, verified: true, enabled: true }));
}

/** Whether a method is one that the policy names. */
export function isPolicyMethod(id: string): boolean {
  return id.startsWith('policy-');
}
