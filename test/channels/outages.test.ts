import type { Channel } from '../../channels/channel.ts';
import { createMattermostChannel } from '../../channels/mattermost.ts';
import { createNtfyChannel } from '../../channels/ntfy.ts';
import { createSlackChannel } from '../../channels/slack.ts';
import { createSmsChannel } from '../../channels/sms.ts';
import { createTeamsChannel } from '../../channels/teams.ts';
import { createVoiceChannel } from '../../channels/voice.ts';
import { createWebhookChannel } from '../../channels/webhook.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { failure } from '../helpers/failure.ts';
import { hookPath, startMattermostServer } from '../helpers/mattermostServer.ts';
import { messageTo } from '../helpers/message.ts';
import { startNtfyServer } from '../helpers/ntfyServer.ts';
import { startProvider } from '../helpers/provider.ts';
import type { Provider, ProviderRequest } from '../helpers/provider.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import { startTeamsServer, workflowPath } from '../helpers/teamsServer.ts';
import { startTwilioServer } from '../helpers/twilioServer.ts';

const secret = 'a secret of at least thirty-two characters';
const publicUrl = 'https://desk.example.org';
const account = { sid: 'AC0123', authToken: 'canary-token', from: '+15550001111' };
const never = new AbortController().signal;
const closing = closeAfterEach();

interface Limits {
  readonly allowed: readonly string[];
  readonly timeLimitMs: number;
}

interface Setup {
  readonly server: Provider;
  readonly channel: Channel;
  readonly address: string;
}

const telephony = ({ url }: Provider, limits: Limits) => ({
  ...limits,
  apiUrl: url,
  accountSid: account.sid,
  authToken: account.authToken,
  from: account.from,
  secret,
  publicUrl,
});

/** Each channel that speaks HTTP, before a server of its kind. */
const setups: Readonly<Record<string, (limits: Limits) => Promise<Setup>>> = {
  webhook: async (limits) => {
    const server = await startProvider(() => ({ status: 204 }));
    return {
      server,
      channel: createWebhookChannel({ ...limits, secret }),
      address: `${server.url}/canary`,
    };
  },
  slack: async (limits) => {
    const server = await startSlackServer('xoxb-canary', ['C1']);
    const options = {
      ...limits,
      token: 'xoxb-canary',
      apiUrl: `${server.url}/api`,
      interactive: true,
    };
    return { server, channel: createSlackChannel(options), address: 'C1' };
  },
  teams: async (limits) => {
    const server = await startTeamsServer();
    return { server, channel: createTeamsChannel(limits), address: `${server.url}${workflowPath}` };
  },
  mattermost: async (limits) => {
    const server = await startMattermostServer();
    const channel = createMattermostChannel({ ...limits, secret, publicUrl });
    return { server, channel, address: `${server.url}${hookPath}` };
  },
  ntfy: async (limits) => {
    const server = await startNtfyServer('tk_canary');
    const channel = createNtfyChannel({ ...limits, url: server.url, token: 'tk_canary' });
    return { server, channel, address: 'on-call' };
  },
  sms: async (limits) => {
    const server = await startTwilioServer(account);
    return {
      server,
      channel: createSmsChannel(telephony(server, limits)),
      address: '+491701234567',
    };
  },
  voice: async (limits) => {
    const server = await startTwilioServer(account);
    return {
      server,
      channel: createVoiceChannel(telephony(server, limits)),
      address: '+491701234567',
    };
  },
};

interface Posted {
  readonly metadata: { readonly event_payload: { readonly key: string } };
  readonly blocks: readonly { readonly elements: readonly { readonly text: string }[] }[];
  readonly attachments: readonly {
    readonly footer: string;
    readonly content: {
      readonly body: readonly { readonly inlines: { readonly text: string }[] }[];
    };
  }[];
  readonly sequence_id: string;
}

const json = ({ body }: ProviderRequest): Posted => JSON.parse(body) as Posted;
const form = ({ body }: ProviderRequest): URLSearchParams => new URLSearchParams(body);

/** Where whoever reads the message, a person or a program, finds its key: for a call that is the address to report to. */
const keysIn: Readonly<Record<string, (request: ProviderRequest) => unknown[]>> = {
  webhook: ({ headers }) => [headers['webhook-id']],
  slack: (request) => [
    json(request).metadata.event_payload.key,
    json(request).blocks.at(-1)?.elements[0]?.text,
  ],
  teams: (request) => [json(request).attachments[0]?.content.body.at(-1)?.inlines[0]?.text],
  mattermost: (request) => [json(request).attachments[0]?.footer],
  ntfy: (request) => [json(request).sequence_id.replaceAll('-', '/').replace('/', '-')],
  sms: (request) => [form(request).get('Body')?.split('\n').at(-1)],
  voice: (request) => [new URL(form(request).get('StatusCallback') ?? '').searchParams.get('key')],
};

/** The others say in the body whether they took it. */
const saidByStatus = ['webhook', 'teams', 'mattermost', 'ntfy'];

describe.each(Object.keys(setups))('%s', (name) => {
  const start = async (change: Partial<Limits> = {}): Promise<Setup> => {
    const setup = await setups[name]!({ allowed: ['127.0.0.0/8'], timeLimitMs: 400, ...change });
    closing(setup.server);
    return setup;
  };

  test('a message is accepted, and every repeat of it carries its key', async () => {
    const { server, channel, address } = await start();
    for (let count = 0; count < 2; count += 1) await channel.send(messageTo(address), never);
    expect(server.requests).toHaveLength(2);
    const keys = server.requests.flatMap((request) => keysIn[name]!(request));
    expect(new Set(keys)).toEqual(new Set(['INC-7/3/0']));
  });

  test('429 waits as long as it is asked to', async () => {
    const { server, channel, address } = await start();
    server.faults.push({ status: 429, headers: { 'retry-after': '7' } });
    const error = await failure(channel.send(messageTo(address), never));
    expect(error).toMatchObject({ retryable: true, retryAfterMs: 7_000, noDelivery: false });
  });

  test.each([500, 502, 503])('after %i it is tried again', async (status) => {
    const { server, channel, address } = await start();
    server.faults.push({ status, body: 'down' });
    const error = await failure(channel.send(messageTo(address), never));
    expect(error).toMatchObject({ retryable: true, noDelivery: false });
    expect(await channel.send(messageTo(address), never)).toMatchObject({
      detail: expect.any(String) as string,
    });
  });

  test.each(['silence', 'cut'] as const)(
    '%s is tried again: it may have arrived',
    async (fault) => {
      const { server, channel, address } = await start();
      server.faults.push(fault);
      const error = await failure(channel.send(messageTo(address), never));
      expect(error).toMatchObject({ retryable: true, noDelivery: false });
    },
  );

  test('an answer without end is not waited for: it was accepted where the status says all, else that is not known', async () => {
    const { server, channel, address } = await start();
    server.faults.push('endless');
    const sent = channel.send(messageTo(address), never);
    if (saidByStatus.includes(name)) expect((await sent).detail).toMatch(/answered 200$/);
    else expect(await failure(sent)).toMatchObject({ retryable: true, noDelivery: false });
  });

  test('a redirect to loopback is not followed', async () => {
    const inside = closing(await startProvider(() => ({ status: 200 })));
    const { server, channel, address } = await start();
    for (const status of [302, 307, 308]) {
      server.faults.push({ status, headers: { location: `${inside.url}/` } });
      expect((await failure(channel.send(messageTo(address), never))).retryable).toBe(false);
    }
    expect(inside.requests).toEqual([]);
  });

  test('loopback is not reached unless it was allowed by name', async () => {
    const { server, channel, address } = await start({ allowed: [] });
    const error = await failure(channel.send(messageTo(address), never));
    expect(error.message).toContain('PROVISOR_OUTBOUND_ALLOW');
    expect(server.requests).toEqual([]);
  });

  test('a caller that gives up is heard', async () => {
    const { server, channel, address } = await start({ timeLimitMs: 60_000 });
    server.faults.push('silence');
    const stop = new AbortController();
    const sent = failure(channel.send(messageTo(address), stop.signal));
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect((await sent).retryable).toBe(true);
  });

  test('no secret is in what goes to the ledger or a log', async () => {
    const { server, channel, address } = await start();
    const { detail } = await channel.send(messageTo(address), never);
    const errors: Error[] = [];
    for (const fault of [{ status: 400, body: 'no' }, { status: 500 }, 'silence', 'cut'] as const) {
      server.faults.push(fault);
      errors.push(await failure(channel.send(messageTo(address), never)));
    }
    await server.close();
    errors.push(await failure(channel.send(messageTo(address), never)));
    const told = errors.map(({ message, stack, cause }) => [message, stack, cause, String(cause)]);
    const secrets = [
      'canary',
      Buffer.from(`${account.sid}:${account.authToken}`).toString('base64'),
    ];
    for (const each of secrets) expect(JSON.stringify([detail, told])).not.toContain(each);
  });
});
