import type { BuiltInKind } from '../../domain/channelKinds.ts';
import type { Gate } from './gate.ts';
import { startMailbox } from './mailbox.ts';
import { hookPath, startMattermostServer } from './mattermostServer.ts';
import { startNtfyServer } from './ntfyServer.ts';
import { startProvider } from './provider.ts';
import type { ProviderAnswer } from './provider.ts';
import { startSlackServer } from './slackServer.ts';
import { startTeamsServer, workflowPath } from './teamsServer.ts';
import { startTwilioServer } from './twilioServer.ts';
import type { TwilioServer } from './twilioServer.ts';

/** Says no for now, where a repeat may be taken; or for good. */
export type Refusal = 'forNow' | 'forGood';

/** Who receives the messages of one kind. SMS and calls go to one provider, and its next request may be of either kind. */
export interface ChannelReceiver {
  readonly address: string;
  /** The keys of all messages that it took, in order; a repeat counts again. */
  keys(): string[];
  /** It refuses the next message, as its protocol does. */
  refuseNext(refusal: Refusal): void;
  /** It stops at a gate with the next message. */
  stopNext(gate: Gate): void;
}

export interface Receivers extends Readonly<Record<BuiltInKind, ChannelReceiver>> {
  /** What an installation's environment says for its channels to lead here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly twilio: TwilioServer;
  close(): Promise<void>;
}

const account = { sid: 'AC0123', authToken: 'twilio-token', from: '+15550001111' };
const slackToken = 'xoxb-token';
const ntfyToken = 'tk_token';
const slackUser = 'U0ANN';
const number = '+491701234567';

const refusedByStatus: Readonly<Record<Refusal, ProviderAnswer>> = {
  forNow: { status: 503 },
  forGood: { status: 410 },
};
/** Slack answers 200 and says in the body that it refuses. */
const refusedBySlack: Readonly<Record<Refusal, ProviderAnswer>> = {
  forNow: { status: 200, body: { ok: false, error: 'internal_error' } },
  forGood: { status: 200, body: { ok: false, error: 'channel_not_found' } },
};
const refusedByTwilio: Readonly<Record<Refusal, ProviderAnswer>> = {
  forNow: { status: 503 },
  forGood: { status: 400, body: { code: 21211, message: 'Invalid To', status: 400 } },
};
const refusedByMail: Readonly<Record<Refusal, number>> = { forNow: 451, forGood: 550 };

/** The key as it was before what cannot hold its slashes: `INC-7.3.0`, `INC-7-3-0`. */
function keyOf(text: string): string {
  return text.replace(/[.-](\d+)[.-](\d+)$/, '/$1/$2');
}

/** The key of the message that an SMS or a call was made for, as the address that the provider reports to has it. */
export function callBackKey(form: URLSearchParams): string {
  return new URL(form.get('StatusCallback') ?? '').searchParams.get('key') ?? '';
}

/** A server of each kind on loopback, which speaks its protocol and knows a message by the key as that protocol carries it. */
export async function startReceivers(): Promise<Receivers> {
  const webhookKeys: string[] = [];
  const [mailbox, webhook, slack, teams, mattermost, ntfy, twilio] = await Promise.all([
    startMailbox(),
    startProvider(({ headers }) => {
      webhookKeys.push(String(headers['webhook-id']));
      return { status: 204 };
    }),
    startSlackServer(slackToken, [slackUser]),
    startTeamsServer(),
    startMattermostServer(),
    startNtfyServer(ntfyToken),
    startTwilioServer(account),
  ]);

  function receiver<Fault>(
    address: string,
    keys: () => string[],
    faults: (Fault | Gate)[],
    refusals: Readonly<Record<Refusal, Fault>>,
  ): ChannelReceiver {
    return {
      address,
      keys,
      refuseNext: (refusal) => faults.push(refusals[refusal]),
      stopNext: (gate) => faults.push(gate),
    };
  }

  return {
    email: receiver(
      'ann@example.org',
      () =>
        mailbox.mails.map(({ messageId = '' }) =>
          keyOf(messageId.replace(/\.[0-9a-f]{32}@.*$/, '')),
        ),
      mailbox.faults,
      refusedByMail,
    ),
    webhook: receiver(`${webhook.url}/ann`, () => webhookKeys, webhook.faults, refusedByStatus),
    slack: receiver(slackUser, () => slack.keys, slack.faults, refusedBySlack),
    teams: receiver(`${teams.url}${workflowPath}`, () => teams.keys, teams.faults, refusedByStatus),
    mattermost: receiver(
      `${mattermost.url}${hookPath}`,
      () => mattermost.posts.map(({ footer }) => footer),
      mattermost.faults,
      refusedByStatus,
    ),
    ntfy: receiver('on-call', () => ntfy.keys.map(keyOf), ntfy.faults, refusedByStatus),
    sms: receiver(
      number,
      () => [...twilio.messages.values()].map((form) => form.get('Body')?.split('\n').at(-1) ?? ''),
      twilio.faults,
      refusedByTwilio,
    ),
    voice: receiver(
      number,
      () => [...twilio.calls.values()].map(callBackKey),
      twilio.faults,
      refusedByTwilio,
    ),
    twilio,
    environment: {
      SMTP_URL: mailbox.url,
      SLACK_BOT_TOKEN: slackToken,
      SLACK_API_URL: `${slack.url}/api`,
      NTFY_URL: ntfy.url,
      NTFY_TOKEN: ntfyToken,
      TWILIO_ACCOUNT_SID: account.sid,
      TWILIO_AUTH_TOKEN: account.authToken,
      TWILIO_FROM: account.from,
      TWILIO_API_URL: twilio.url,
      PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
    },
    async close() {
      const servers = [mailbox, webhook, slack, teams, mattermost, ntfy, twilio];
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
