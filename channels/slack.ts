import { z } from 'zod';
import { DeliveryError } from './channel.ts';
import type { Channel, NewWording } from './channel.ts';
import { createExchange, jsonOf, requireAccepted } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';
import { blocksOf, escapeMrkdwn } from './slackBlocks.ts';

export interface SlackOptions extends ExchangeOptions {
  /** SLACK_BOT_TOKEN, with the scope `chat:write`. */
  readonly token: string;
  /** SLACK_API_URL, without a slash at the end. */
  readonly apiUrl: string;
  /** Whether pressed buttons come back to us (SLACK_SIGNING_SECRET is set). */
  readonly interactive: boolean;
}

const answerSchema = z.union([
  z.object({ ok: z.literal(true), channel: z.string(), ts: z.string() }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);

/** Slack's faults, by the errors that its methods name: a repeat may succeed. */
const faults = [
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
];

/** The operator mends these, and pages must not be lost until then. */
const setUp = [
  'access_denied',
  'account_inactive',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'org_login_required',
  'team_access_not_granted',
  'token_expired',
  'token_revoked',
  'two_factor_setup_required',
];

/** The first message of the thread was deleted or closed: a page must not be lost for that. */
const threadGone = ['cannot_reply_to_message', 'thread_locked', 'thread_not_found'];

class SlackRefusal extends DeliveryError {
  readonly error: string;

  constructor(method: string, error: string) {
    const mended = setUp.includes(error);
    const options = { retryable: mended || faults.includes(error) };
    super(`Slack refused ${method}: ${error}`, mended ? { ...options, noDelivery: true } : options);
    this.error = error;
  }
}

/** A person's id, or that of a conversation with one; `C…` and `G…` are read by many. */
const readByOne = /^[DUW]/;

/** `C0123:1503435956.000247`: the conversation and the message's time stamp, which is its name there. */
function parseProviderId(id: string): { channel: string; ts: string } {
  const [channel = '', ts = ''] = id.split(':');
  return { channel, ts };
}

/**
 * Posts to a Slack conversation, or to a person (`C…`, `G…`, `D…` or `U…`), with `chat.postMessage`. The messages of a record are a thread; pages are
 * shown in the conversation too. Slack drops no repeats: the message carries its key.
 * @throws Error when an entry of `allowed` is no network
 */
export function createSlackChannel(options: SlackOptions): Channel {
  const { token, apiUrl } = options;
  const exchange = createExchange(options);

  async function call(method: string, body: object, signal: AbortSignal) {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json; charset=utf-8',
    };
    const answer = await exchange.post(
      `${apiUrl}/${method}`,
      { headers, body: JSON.stringify(body) },
      signal,
    );
    requireAccepted(answer);
    const parsed = answerSchema.safeParse(jsonOf(answer));
    if (!parsed.success) {
      throw new DeliveryError(`${answer.host}: the answer cannot be read`, { retryable: true });
    }
    if (!parsed.data.ok) throw new SlackRefusal(method, parsed.data.error);
    return parsed.data;
  }

  /** The text is for notifications and screen readers; `parse` and `link_names` keep what strangers wrote from becoming links and mentions. */
  function bodyOf(message: NewWording, isPrivate = false) {
    return {
      text: escapeMrkdwn(message.subject),
      blocks: blocksOf(message, { ...options, isPrivate }),
      parse: 'none',
      link_names: false,
    };
  }

  return {
    async send(message, signal) {
      const { key, thread, content, person } = message;
      const body = {
        ...bodyOf(message, readByOne.test(person.address)),
        channel: person.address,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: 'provisor_message', event_payload: { key } },
      };
      const reply = {
        thread_ts: thread === undefined ? undefined : parseProviderId(thread).ts,
        // A reply alone would be seen by those only who follow the thread.
        reply_broadcast: content.urgency === 'interrupting',
      };
      const posted = await call(
        'chat.postMessage',
        thread === undefined ? body : { ...body, ...reply },
        signal,
      ).catch((error: unknown) => {
        const alone = error instanceof SlackRefusal && threadGone.includes(error.error);
        if (thread === undefined || !alone) throw error;
        return call('chat.postMessage', body, signal);
      });
      const providerId = `${posted.channel}:${posted.ts}`;
      return { detail: `Slack has it as ${providerId}`, providerId };
    },
    async update(providerId, message, signal) {
      await call('chat.update', { ...bodyOf(message), ...parseProviderId(providerId) }, signal);
    },
  };
}
