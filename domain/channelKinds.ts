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
