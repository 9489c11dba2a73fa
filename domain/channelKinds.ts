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

/** Whether a kind that is stored is one that this version has. */
export function isChannelKind(kind: string): kind is ChannelKind {
  return channelKinds.some((known) => known === kind);
}
