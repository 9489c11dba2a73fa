import { z } from 'zod';
import { startProvider } from './provider.ts';
import type { Provider } from './provider.ts';

const run = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
  size: z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge']).optional(),
});

const card = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  version: z.enum(['1.0', '1.1', '1.2', '1.3', '1.4']),
  fallbackText: z.string(),
  msteams: z.strictObject({ width: z.literal('Full') }),
  body: z.array(z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(run).min(1) })),
  actions: z
    .array(z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string(), url: z.url() }))
    .max(6),
});

const message = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: card,
      }),
    )
    .length(1),
});

/** Teams refuses larger messages. */
const MOST_BYTES = 28 * 1024;

export interface TeamsServer extends Provider {
  readonly cards: z.infer<typeof card>[];
  /** What the cards' last lines say: their keys. */
  readonly keys: string[];
}

/** A workflow's address, secret included. */
export const workflowPath =
  '/workflows/0af3/triggers/manual/paths/invoke?api-version=2016-06-01&sig=canary-teams';

/** A Teams workflow that posts a card when a webhook request is received. */
export async function startTeamsServer(): Promise<TeamsServer> {
  const cards: TeamsServer['cards'] = [];
  const keys: string[] = [];
  const provider = await startProvider((request) => {
    if (request.method !== 'POST' || request.path !== workflowPath) return { status: 401 };
    if (Buffer.byteLength(request.body) > MOST_BYTES) return { status: 413 };
    const parsed = message.safeParse(JSON.parse(request.body));
    if (!parsed.success) return { status: 400, body: z.prettifyError(parsed.error) };
    const { content } = parsed.data.attachments[0]!;
    cards.push(content);
    keys.push(content.body.at(-1)?.inlines[0]?.text ?? '');
    return { status: 202 };
  });
  return Object.assign(provider, { cards, keys });
}
