/** The ways a message can take; channels/ has one file for each. */
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
export type ChannelKind = (typeof channelKinds)[number];

/** Those whose messages can be changed after they were sent: their channels have `update`. */
export const changeableKinds = ['slack'] as const satisfies readonly ChannelKind[];

/** Whether buttons of what many read there say who presses them. */
export function saysWhoPressed(kind: ChannelKind): boolean {
  return kind === 'slack' || kind === 'mattermost';
}

/** Whether a kind that is stored is one that this version has. */
export function isChannelKind(kind: string): kind is ChannelKind {
  return channelKinds.some((known) => known === kind);
}
