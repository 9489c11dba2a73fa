import type { Logger } from 'pino';
import type { Channels } from '../channels/index.ts';
import type { SlackReply } from '../channels/slackReply.ts';
import type { Calendars } from '../channels/calendars/index.ts';
import type { Stage } from '../demo/stage.ts';
import type { Engine } from '../records/engine.ts';
import type { RateLimits } from './rateLimit.ts';
import type { TemporalHealth } from './temporalHealth.ts';

/** What the API stands on: passed in, so that several can live in one process. */
export interface ApiDeps {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly temporalHealth: () => Promise<TemporalHealth>;
  /** PROVISOR_SECRET: signs action links and webhooks. */
  readonly secret: string;
  readonly rateLimits: RateLimits;
  /** How people and programs reach this installation: links begin with it. */
  readonly publicUrl: string;
  /** The ways that messages take, for codes and test pages. */
  readonly channels: Channels;
  /** What their call-backs are verified by; unset: the provider is not set up. */
  readonly providers: {
    /** SLACK_SIGNING_SECRET. */
    readonly slackSigningSecret?: string | undefined;
    /** TWILIO_AUTH_TOKEN. */
    readonly twilioAuthToken?: string | undefined;
    /** Tells whoever pressed a button in Slack what came of it. */
    readonly slackReply?: SlackReply | undefined;
  };
  /** How calendars that somebody imports are fetched and read. */
  readonly calendars: Calendars;
  /** Networks of the reverse proxies whose word counts for a caller's address; none: the connection's. */
  readonly trustedProxies: readonly string[];
  /** Only with `provisor start --demo`. */
  readonly demo?: { readonly stage: Stage; readonly publicUrl: string } | undefined;
}
