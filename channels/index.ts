import type { Config } from '../config.ts';
import type { BuiltInKind, ChannelKind } from '../domain/channelKinds.ts';
import type { Channel } from './channel.ts';
import { unavailable } from './channel.ts';
import { customChannels } from './custom.ts';
import { createEmailChannel } from './email.ts';
import { createMattermostChannel } from './mattermost.ts';
import { createNtfyChannel } from './ntfy.ts';
import { createSlackChannel } from './slack.ts';
import { createSmsChannel } from './sms.ts';
import { createTeamsChannel } from './teams.ts';
import type { TwilioOptions } from './twilio.ts';
import { createVoiceChannel } from './voice.ts';
import { createWebhookChannel } from './webhook.ts';

export type ChannelConfig = Pick<
  Config,
  | 'SMTP_URL'
  | 'MAIL_FROM'
  | 'PROVISOR_SECRET_PREVIOUS'
  | 'PROVISOR_OUTBOUND_ALLOW'
  | 'SLACK_BOT_TOKEN'
  | 'SLACK_SIGNING_SECRET'
  | 'SLACK_API_URL'
  | 'NTFY_URL'
  | 'NTFY_TOKEN'
  | 'TWILIO_ACCOUNT_SID'
  | 'TWILIO_AUTH_TOKEN'
  | 'TWILIO_FROM'
  | 'TWILIO_API_URL'
  | 'publicUrl'
>;

/** How an installation reaches people, by the kinds of their addresses. */
export type Channels = Readonly<Record<ChannelKind, Channel>>;

/** The channel of a kind; of one that this installation does not have, one that says so. */
export function channelOf(channels: Channels, kind: ChannelKind): Channel {
  return (
    channels[kind] ??
    unavailable(
      `there is no channel "${kind}": add ${kind.replace('custom-', '')}.ts to the folder of channels`,
    )
  );
}

/** The kinds whose channels are not set up, each with what to set. */
export function notSetUp(channels: Channels): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(channels).flatMap(([kind, { unavailable: why }]) =>
      why === undefined ? [] : [[kind, why]],
    ),
  );
}

/** The channel when all its settings are there, else one that says `without` and which are missing. */
function configured<Name extends keyof ChannelConfig>(
  without: string,
  config: ChannelConfig,
  names: readonly Name[],
  create: (settings: { readonly [N in Name]: NonNullable<ChannelConfig[N]> }) => Channel,
): Channel {
  const missing = names.filter((name) => config[name] === undefined);
  if (missing.length > 0) return unavailable(`${without}: set ${missing.join(', ')}`);
  return create(config as { readonly [N in Name]: NonNullable<ChannelConfig[N]> });
}

/** SMS and calls, by one provider. */
function telephony(
  without: string,
  config: ChannelConfig,
  secret: string,
  create: (options: TwilioOptions) => Channel,
): Channel {
  const { publicUrl, TWILIO_API_URL: apiUrl, PROVISOR_OUTBOUND_ALLOW: allowed } = config;
  const names = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'] as const;
  return configured(without, config, names, (settings) =>
    create({
      accountSid: settings.TWILIO_ACCOUNT_SID,
      authToken: settings.TWILIO_AUTH_TOKEN,
      from: settings.TWILIO_FROM,
      apiUrl,
      allowed,
      secret,
      publicUrl,
    }),
  );
}

/**
 * The channels that Provisor brings. One that is not set up is there too, and says at each message what to set.
 * @param secret PROVISOR_SECRET
 * @throws Error for a setting that cannot be used: SMTP_URL, PROVISOR_OUTBOUND_ALLOW
 */
export function createChannels(config: ChannelConfig, secret: string) {
  const { publicUrl, PROVISOR_OUTBOUND_ALLOW: allowed } = config;
  return {
    email: configured('no mail server is configured', config, ['SMTP_URL'], (settings) =>
      createEmailChannel({ smtpUrl: settings.SMTP_URL, from: config.MAIL_FROM, publicUrl, secret }),
    ),
    webhook: createWebhookChannel({
      secret,
      previousSecret: config.PROVISOR_SECRET_PREVIOUS,
      allowed,
    }),
    slack: configured('Slack is not configured', config, ['SLACK_BOT_TOKEN'], (settings) =>
      createSlackChannel({
        token: settings.SLACK_BOT_TOKEN,
        apiUrl: config.SLACK_API_URL,
        interactive: config.SLACK_SIGNING_SECRET !== undefined,
        allowed,
      }),
    ),
    teams: createTeamsChannel({ allowed }),
    mattermost: createMattermostChannel({ secret, publicUrl, allowed }),
    ntfy: createNtfyChannel({ url: config.NTFY_URL, token: config.NTFY_TOKEN, allowed }),
    sms: telephony('SMS are not configured', config, secret, createSmsChannel),
    voice: telephony('calls are not configured', config, secret, createVoiceChannel),
  } satisfies Readonly<Record<BuiltInKind, Channel>>;
}

/**
 * All channels of this installation: those that Provisor brings, and the organisation's own.
 * @param secret PROVISOR_SECRET
 * @throws Error for a setting or a file that cannot be used
 */
export async function installedChannels(
  config: ChannelConfig & Pick<Config, 'PROVISOR_CHANNELS'>,
  secret: string,
): Promise<Channels> {
  const { publicUrl, PROVISOR_CHANNELS: folder, PROVISOR_OUTBOUND_ALLOW: allowed } = config;
  const own = await customChannels({ folder, publicUrl, allowed, env: process.env });
  return { ...createChannels(config, secret), ...own };
}
