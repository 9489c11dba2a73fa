import { createHmac } from 'node:crypto';
import { MINUTE, SECOND } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { isSameSignature } from '../../records/signing.ts';

/** Older ones, and ones from the future, may be repeats of what somebody else has read. */
const MOST_OFF = 5 * MINUTE;

export interface SlackRequest {
  /** X-Slack-Request-Timestamp: seconds since 1970. */
  readonly timestamp: string | undefined;
  /** X-Slack-Signature. */
  readonly signature: string | undefined;
  /** As it arrived, before it is parsed. */
  readonly body: string;
}

/**
 * Whether a request comes from Slack, and comes from it now (https://docs.slack.dev/authentication/verifying-requests-from-slack, v0).
 * @param signingSecret SLACK_SIGNING_SECRET
 * @param now the machine's clock
 */
export function isFromSlack(signingSecret: string, request: SlackRequest, now: Instant): boolean {
  const { timestamp, signature, body } = request;
  if (timestamp === undefined || signature === undefined) return false;
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * SECOND) > MOST_OFF) return false;
  const digest = createHmac('sha256', signingSecret)
    .update(`v0:${timestamp}:${body}`)
    .digest('hex');
  return isSameSignature(signature, `v0=${digest}`);
}
