import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const secret = (least: number) => z.string().min(least);

/** A token that goes into a header. */
const token = z.string().regex(/^[\x21-\x7E]+$/, 'must be printable characters without spaces');

const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const httpUrl = (usual: string) =>
  webAddress.default(usual).transform((url) => url.replace(/\/+$/, ''));

/** A list, separated by commas. */
const list = (entry: z.ZodType<string, string>, usual = '') =>
  z
    .string()
    .default(usual)
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(entry));

const network = z
  .string()
  .regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, 'must be networks such as 10.0.0.0/8');

const hostName = z
  .string()
  .regex(
    /^(?![\d.]+$)[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$/u,
    'must be networks such as 10.0.0.0/8, or names of hosts',
  );

/** A list of networks: `127.0.0.0/8,10.1.2.0/24`. */
const networks = (usual = '') => list(network, usual);

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  /** Where the API listens. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  /** How people reach the API: the links in pages begin with it. */
  PUBLIC_URL: z.url().optional(),
  /** The data of the embedded engines, and the secrets made on first start. */
  PROVISOR_HOME: z.string().min(1).optional(),
  /** Unset: the embedded PostgreSQL. */
  DATABASE_URL: z.string().min(1).optional(),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(12),
  /** Unset: the embedded Temporal server. */
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).optional(),
  /** The first admin's API key. */
  PROVISOR_BOOTSTRAP_KEY: secret(32).optional(),
  /** Signs action links and webhooks. Made and kept in PROVISOR_HOME by `provisor start` when unset. */
  PROVISOR_SECRET: secret(32).optional(),
  /** The secret before this one, while receivers of webhooks change over: messages carry the signatures of both. */
  PROVISOR_SECRET_PREVIOUS: secret(32).optional(),
  /** The Ed25519 key of audit checkpoints is derived from it: only the worker and "provisor audit" need it. Made and kept in PROVISOR_HOME by `provisor start` when unset. */
  PROVISOR_AUDIT_KEY: secret(32).optional(),
  /** Checkpoints are appended to this file too, one line each, so that somebody else can keep them. */
  PROVISOR_AUDIT_FILE: z.string().min(1).optional(),
  /** How often a checkpoint is taken. */
  PROVISOR_AUDIT_MINUTES: z.coerce.number().int().min(1).max(1_440).default(10),
  /** Who is told by mail when paging is out, whatever else is out. */
  PROVISOR_WATCH_EMAIL: z.email().optional(),
  /** Where that is posted, signed as other webhooks are. */
  PROVISOR_WATCH_WEBHOOK: webAddress.optional(),
  /** A monitor outside that is told each minute that paging works. */
  PROVISOR_WATCH_HEARTBEAT_URL: webAddress.optional(),
  /** The organisation's own policy file, applied once; unset: what is in force stays, at first policies/default.yaml. */
  PROVISOR_POLICY: z.string().min(1).optional(),
  /** smtp://user:password@host:port; unset: no mail is sent and the ledger says so. */
  SMTP_URL: z.string().min(1).optional(),
  MAIL_FROM: z.string().min(3).default('Provisor <provisor@localhost>'),
  /** Where mail is taken, such as 0.0.0.0:2525; unset: none comes in. */
  SMTP_LISTEN: z
    .string()
    .regex(
      /^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/,
      'must be an address and a port such as 0.0.0.0:2525',
    )
    .optional(),
  /** The mail relays that may send: whatever they let pass is believed. */
  SMTP_LISTEN_FROM: networks('127.0.0.0/8,::1/128'),
  /** A certificate and its key (PEM): with both, STARTTLS is offered. */
  SMTP_LISTEN_CERT: z.string().min(1).optional(),
  SMTP_LISTEN_KEY: z.string().min(1).optional(),
  /** Private networks, and hosts by their names, that outbound messages may reach. */
  PROVISOR_OUTBOUND_ALLOW: list(z.union([network, hostName])),
  /** Where the files of the organisation's own channels are, one for each (channels/custom.ts). */
  PROVISOR_CHANNELS: z
    .string()
    .min(1)
    .default(join(import.meta.dirname, 'channels', 'custom')),
  /** The bot's token (xoxb-…); unset: no Slack. */
  SLACK_BOT_TOKEN: token.optional(),
  /** Verifies that pressed buttons come from Slack; unset: its buttons are links. */
  SLACK_SIGNING_SECRET: token.optional(),
  SLACK_API_URL: httpUrl('https://slack.com/api'),
  NTFY_URL: httpUrl('https://ntfy.sh'),
  /** For topics that are protected. */
  NTFY_TOKEN: token.optional(),
  /** Unset: no SMS and no calls. */
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^[-\w]+$/, 'must be an account SID such as AC…')
    .optional(),
  /** Also verifies that call-backs come from the provider. */
  TWILIO_AUTH_TOKEN: token.optional(),
  /** The number that SMS and calls come from. */
  TWILIO_FROM: z
    .string()
    .regex(/^\+[1-9]\d{1,14}$/, 'must be a number such as +15551234567')
    .optional(),
  TWILIO_API_URL: httpUrl('https://api.twilio.com'),
  /** How often one person or integration may call an API process; 0: without limit. The intake of alerts has none. */
  PROVISOR_CALLS_PER_MINUTE: z.coerce.number().int().min(0).max(10_000_000).default(6_000),
  /** How many calls without a valid key one address may make; 0: without limit. */
  PROVISOR_FAILURES_PER_MINUTE: z.coerce.number().int().min(0).max(10_000_000).default(100),
  /** Reverse proxies whose X-Forwarded-For says who calls. */
  PROVISOR_TRUSTED_PROXIES: networks(),
  /** Set by `provisor start --demo`: where the API's demo takes mail. */
  PROVISOR_DEMO_SMTP_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type Config = Readonly<z.infer<typeof environment>> & {
  readonly home: string;
  readonly publicUrl: string;
};

/** The default of PROVISOR_HOME: a user's data folder by XDG; for root a system folder, for PostgreSQL refuses to run as root and another user cannot enter root's home. */
export function defaultHome(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/provisor';
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'provisor');
}

/** `NAME_FILE` names a file that holds the value of `NAME`, as container secrets do. */
function withFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const result = { ...env };
  for (const name of Object.keys(environment.shape)) {
    const file = env[`${name}_FILE`];
    if (file === undefined || env[name] !== undefined) continue;
    result[name] = readFileSync(file, 'utf8').trim();
  }
  return result;
}

/**
 * The environment, parsed once.
 * @throws Error that names each variable at fault and what it must be; never its value, which may be a secret.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const set = Object.entries(withFiles(env)).filter(([, value]) => value !== '');
  const parsed = environment.safeParse(Object.fromEntries(set));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The environment is not valid:\n${lines.join('\n')}`);
  }
  const config = parsed.data;
  return {
    ...config,
    home: config.PROVISOR_HOME ?? defaultHome(env),
    publicUrl: (config.PUBLIC_URL ?? `http://localhost:${config.PORT}`).replace(/\/+$/, ''),
  };
}
