import { z } from 'zod';

/** The ways a message can take that Provisor brings; channels/ has one file for each. */
export const channelKinds = [
  'email',
  'webhook',
  'slack',
  'teams',
  'mattermost',
  'ntfy',
  'sms',
  'voice',
] as const;
export type BuiltInKind = (typeof channelKinds)[number];

/** A way of the organisation's own, named after its file: `custom-pager` of pager.ts (channels/custom.ts). */
export type CustomKind = `custom-${string}`;
export type ChannelKind = BuiltInKind | CustomKind;

const customKind = z.templateLiteral(['custom-', z.string().regex(/[a-z][a-z0-9-]{0,39}/)]);

/** A kind as it is written in a policy or a request. Whether the installation has a custom one shows when it is used: policies are read without channels. */
export const channelKind = z.union(
  [z.enum(channelKinds), customKind],
  `must be one of ${channelKinds.join(', ')}, or custom- and the name of one of your own`,
);

/** Those whose messages can be changed after they were sent: their channels have `update`. */
export const changeableKinds = ['slack'] as const satisfies readonly BuiltInKind[];

/** Whether buttons of what many read there say who presses them. */
export function saysWhoPressed(kind: ChannelKind): boolean {
  return kind === 'slack' || kind === 'mattermost';
}

/** Whether a kind that is stored or asked for is one that this version knows. */
export function isChannelKind(kind: string): kind is ChannelKind {
  return channelKind.safeParse(kind).success;
}
