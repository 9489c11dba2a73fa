import { z } from 'zod';
import { startProvider } from './provider.ts';
import type { Provider } from './provider.ts';

const action = z.union([
  z.strictObject({
    action: z.literal('http'),
    label: z.string().min(1),
    url: z.url(),
    method: z.enum(['GET', 'POST', 'PUT']),
    clear: z.boolean(),
  }),
  z.strictObject({ action: z.literal('view'), label: z.string().min(1), url: z.url() }),
]);

const publication = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: z.string(),
  message: z.string(),
  priority: z.number().int().min(1).max(5),
  click: z.url(),
  sequence_id: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  actions: z.array(action).max(3),
});

export type Publication = z.infer<typeof publication>;

export interface NtfyServer extends Provider {
  /** What is shown, by sequence id: a repeat takes the place of the one before. */
  readonly shown: Map<string, Publication>;
  /** The keys of all that was published, in order, as sequence ids have them: `INC-7-3-0`. */
  readonly keys: string[];
}

/** An ntfy server whose topics ask for a token. */
export async function startNtfyServer(token: string): Promise<NtfyServer> {
  const shown: NtfyServer['shown'] = new Map();
  const keys: string[] = [];
  const provider = await startProvider((request) => {
    if (request.headers.authorization !== `Bearer ${token}`)
      return { status: 403, body: { code: 40301, http: 403, error: 'forbidden' } };
    const parsed = publication.safeParse(JSON.parse(request.body));
    if (request.path !== '/' || !parsed.success)
      return { status: 400, body: { code: 40024, http: 400, error: 'invalid request' } };
    // It would be sent as a file to download.
    if (Buffer.byteLength(parsed.data.message) > 4_096)
      return { status: 400, body: { code: 40014, http: 400, error: 'attachments not allowed' } };
    shown.set(parsed.data.sequence_id, parsed.data);
    keys.push(parsed.data.sequence_id);
    const { topic, title, message } = parsed.data;
    const id = `ntfy${shown.size}`;
    return {
      status: 200,
      body: { id, time: 1_774_746_000, event: 'message', topic, title, message },
    };
  });
  return Object.assign(provider, { shown, keys });
}
