import { z } from 'zod';
import { startProvider } from './provider.ts';
import type { Provider, ProviderRequest } from './provider.ts';

const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });
const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(most),
    verbatim: z.boolean().optional(),
  });
const either = (most: number) => z.union([plain(most), mrkdwn(most)]);

const button = z.strictObject({
  type: z.literal('button'),
  action_id: z.string().min(1).max(255),
  text: plain(75),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
});

/** The blocks that are used, with the limits that Slack's reference gives for them. */
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plain(150) }),
  z.strictObject({
    type: z.literal('section'),
    text: either(3_000).optional(),
    fields: z.array(either(2_000)).min(1).max(10).optional(),
  }),
  z.strictObject({ type: z.literal('actions'), elements: z.array(button).min(1).max(25) }),
  z.strictObject({ type: z.literal('context'), elements: z.array(either(2_000)).min(1).max(10) }),
]);

const schema = z.strictObject({
  channel: z.string(),
  text: z.string().min(1).max(40_000),
  blocks: z.array(block).max(50),
  parse: z.enum(['none', 'full']).optional(),
  link_names: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  metadata: z
    .strictObject({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
    .optional(),
  thread_ts: z.string().optional(),
  reply_broadcast: z.boolean().optional(),
  ts: z.string().optional(),
});

export type SlackMessage = z.infer<typeof schema>;

export interface SlackServer extends Provider {
  /** By conversation and time stamp, as they stand. */
  readonly messages: Map<string, SlackMessage>;
  /** The keys of the messages that were posted, in order: a repeat is another message here. */
  readonly keys: string[];
}

/** Slack's Web API, as far as messages go: it answers 200 and says in the body what is wrong. */
export async function startSlackServer(token: string, channels: string[]): Promise<SlackServer> {
  const messages: SlackServer['messages'] = new Map();
  const keys: string[] = [];

  function refusal(request: ProviderRequest): string | undefined {
    if (request.headers.authorization !== `Bearer ${token}`) return 'invalid_auth';
    if (!request.headers['content-type']?.startsWith('application/json'))
      return 'invalid_form_data';
    return undefined;
  }

  function post(body: SlackMessage): object {
    const name = (ts: string): string => `${body.channel}:${ts}`;
    if (!channels.includes(body.channel)) return { ok: false, error: 'channel_not_found' };
    if (body.thread_ts !== undefined && !messages.has(name(body.thread_ts))) {
      return { ok: false, error: 'thread_not_found' };
    }
    const ts = `1774746000.${String(messages.size + 1).padStart(6, '0')}`;
    messages.set(name(ts), body);
    keys.push(String(body.metadata?.event_payload['key']));
    return { ok: true, channel: body.channel, ts };
  }

  function update(body: SlackMessage): object {
    const name = `${body.channel}:${body.ts ?? ''}`;
    const before = messages.get(name);
    if (before === undefined) return { ok: false, error: 'message_not_found' };
    messages.set(name, { ...before, ...body });
    return { ok: true, channel: body.channel, ts: body.ts };
  }

  const provider = await startProvider((request) => {
    const error = refusal(request);
    if (error !== undefined) return { status: 200, body: { ok: false, error } };
    const parsed = schema.safeParse(JSON.parse(request.body));
    if (!parsed.success) return { status: 200, body: { ok: false, error: 'invalid_blocks' } };
    switch (request.path) {
      case '/api/chat.postMessage':
        return { status: 200, body: post(parsed.data) };
      case '/api/chat.update':
        return { status: 200, body: update(parsed.data) };
      default:
        return { status: 200, body: { ok: false, error: 'unknown_method' } };
    }
  });
  return Object.assign(provider, { messages, keys });
}
