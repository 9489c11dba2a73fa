import { z } from 'zod';
import type { BuiltInKind, ChannelKind } from '../channelKinds.ts';

const MOST = 2_000;

const email = z.email('must be a mail address').max(254, 'must have at most 254 characters');
/** E.164, as providers of telephony want it. */
const telephone = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a number with its country code, such as +491701234567');
const hook = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(MOST, `must have at most ${MOST} characters`);

/** How a person's address is written, by the way that a message takes. It may exist all the same or not: a code shows that. */
const addresses = {
  email,
  webhook: hook,
  // A conversation would be read by others, and buttons could not tell who presses them.
  slack: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,20}$/, "must be a member's id such as U012AB3CD: see your profile"),
  teams: hook,
  mattermost: hook,
  ntfy: z
    .string()
    .regex(/^[-_A-Za-z0-9]{1,64}$/, 'must be a topic of up to 64 letters, digits, _ and -'),
  sms: telephone,
  voice: telephone,
} as const satisfies Record<BuiltInKind, z.ZodType<string, string>>;

/** Of a channel of one's own: what more it must be, the channel itself says (`addressFault` in channels/channel.ts). */
const custom = z.string().trim().min(1, 'must not be empty');

const isBuiltIn = (kind: ChannelKind): kind is BuiltInKind => kind in addresses;

/** What is wrong with an address of this kind, in words; undefined when it can be one. */
export function addressFault(kind: ChannelKind, address: string): string | undefined {
  const { error } = (isBuiltIn(kind) ? addresses[kind] : custom).safeParse(address);
  return error?.issues[0]?.message;
}
