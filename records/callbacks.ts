/** Where providers call back, below PUBLIC_URL: channels hand these out, the API serves them. Slack's and that of replies are entered at the provider. */
export const callbackPaths = {
  slack: '/callbacks/slack',
  mattermost: '/callbacks/mattermost',
  smsReply: '/callbacks/twilio/sms-reply',
  smsStatus: '/callbacks/twilio/sms-status',
  callStatus: '/callbacks/twilio/call-status',
  callAnswer: '/callbacks/twilio/call-answer',
} as const;

/**
 * The address that a provider calls back about one message. It names the message's key, so that a report finds it even when the answer to the request that sent it was lost.
 * @param publicUrl without a slash at the end
 */
export function callbackUrl(
  publicUrl: string,
  path: keyof typeof callbackPaths,
  key: string,
): string {
  return `${publicUrl}${callbackPaths[path]}?${new URLSearchParams({ key }).toString()}`;
}
