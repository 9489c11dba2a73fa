import { DeliveryError } from './channel.ts';
import { createExchange, requireAccepted } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';
import { escapeMrkdwn } from './slackBlocks.ts';

/**
 * Says something to whoever pressed a button in Slack, which they alone see.
 * @param responseUrl the interaction's `response_url`: good for half an hour
 * @throws DeliveryError when Slack did not take it, or the address is not Slack's: then nothing was sent there
 */
export type SlackReply = (responseUrl: string, text: string) => Promise<void>;

export interface SlackReplyOptions extends ExchangeOptions {
  /** SLACK_API_URL: its host counts as Slack's too. */
  readonly apiUrl: string;
}

function isOfSlack(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, hostname } = new URL(address);
  return host === new URL(apiUrl).host || (protocol === 'https:' && hostname === 'hooks.slack.com');
}

/** @throws Error when an entry of `allowed` is no network */
export function createSlackReply(options: SlackReplyOptions): SlackReply {
  const exchange = createExchange(options);
  return async (responseUrl, text) => {
    // Slack signs the interaction that names it; this holds even when the signing secret has become known.
    if (!isOfSlack(responseUrl, options.apiUrl)) {
      throw new DeliveryError('the address to answer to is not one of Slack', { retryable: false });
    }
    const body = { response_type: 'ephemeral', replace_original: false, text: escapeMrkdwn(text) };
    const request = {
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
    };
    requireAccepted(await exchange.post(responseUrl, request, new AbortController().signal));
  };
}
