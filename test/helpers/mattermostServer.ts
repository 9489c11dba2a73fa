import { z } from 'zod';
import { startProvider } from './provider.ts';
import type { Provider } from './provider.ts';

const action = z.strictObject({
  /** Mattermost finds no action with another character in its id. */
  id: z.string().regex(/^[A-Za-z0-9]+$/),
  type: z.literal('button'),
  name: z.string().min(1),
  style: z.enum(['good', 'warning', 'danger', 'default', 'primary', 'success']).optional(),
  integration: z.strictObject({ url: z.url(), context: z.record(z.string(), z.unknown()) }),
});

const attachment = z.strictObject({
  fallback: z.string().min(1),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  title: z.string(),
  title_link: z.url(),
  text: z.string(),
  fields: z.array(z.strictObject({ short: z.boolean(), title: z.string(), value: z.string() })),
  footer: z.string(),
  actions: z.array(action),
});

export type MattermostAttachment = z.infer<typeof attachment>;
const payload = z.strictObject({ attachments: z.array(attachment).length(1) });

export const hookPath = '/hooks/canary-mattermost';

export interface MattermostServer extends Provider {
  /** As they are stored: what Slack would understand has been translated. */
  readonly posts: MattermostAttachment[];
  /** Whom the posts mention. */
  readonly mentions: string[];
  /** Where the posts' links lead, by their words. */
  readonly links: [string, string][];
}

/** Incoming webhooks are made to understand Slack's markup too. */
function translated(text: string): string {
  return text
    .replaceAll('<!channel>', '@channel')
    .replaceAll('<!here>', '@here')
    .replaceAll('<!all>', '@all')
    .replace(/<([^<|]+)\|([^>]+)>/g, '[$2]($1)');
}

/** Links of Markdown whose brackets are not escaped; and addresses, which become links by themselves. */
function linksIn(text: string): [string, string][] {
  const written = /(?<!\\)\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)/g;
  const found = [...text.matchAll(written)];
  const bare = text.replace(written, ' ').match(/\b(?:[a-z][a-z\d+.-]*:\/\/|www\d{0,3}\.)\S+/gi);
  return [
    ...found.map(([, words = '', to = '']): [string, string] => [words, to]),
    ...(bare ?? []).map((address): [string, string] => [address, address]),
  ];
}

/** An incoming webhook of Mattermost. */
export async function startMattermostServer(): Promise<MattermostServer> {
  const posts: MattermostAttachment[] = [];
  const mentions: string[] = [];
  const links: [string, string][] = [];
  const provider = await startProvider((request) => {
    if (request.path !== hookPath)
      return { status: 404, body: { id: 'web.incoming_webhook.invalid.app_error' } };
    const parsed = payload.safeParse(JSON.parse(request.body));
    if (!parsed.success) return { status: 400, body: z.prettifyError(parsed.error) };
    const [post] = parsed.data.attachments;
    const stored = {
      ...post!,
      title: translated(post!.title),
      text: translated(post!.text),
      fields: post!.fields.map((field) => ({ ...field, value: translated(field.value) })),
    };
    posts.push(stored);
    const shown = [stored.title, stored.text, ...stored.fields.map(({ value }) => value)];
    links.push(...shown.flatMap(linksIn));
    // The fallback is plain text: it has no links, and does mention.
    const read = [stored.fallback, ...shown];
    mentions.push(...read.flatMap((text) => text.match(/@[A-Za-z][\w.-]*/g) ?? []));
    // Of a channel.
    mentions.push(...shown.flatMap((text) => text.match(/(?<!\\)~[a-z][\w-]*/g) ?? []));
    return { status: 200, body: 'ok' };
  });
  return Object.assign(provider, { posts, mentions, links });
}
