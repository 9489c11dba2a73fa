import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { packageRoot } from '../runtime/folders.ts';
import { freePort } from '../runtime/ports.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/** What belongs to an installation of somebody's own, and must not get the demo's people and incidents. */
const FOREIGN = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE'];

/**
 * Sets the environment for `provisor start --demo`: a home, a policy and a mail server of its own, on loopback only.
 * @throws Error that says what to do when the environment names an installation of somebody's own
 */
export async function prepareDemo(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const foreign = FOREIGN.filter((name) =>
    [name, `${name}_FILE`].some((key) => (env[key] ?? '') !== ''),
  );
  if (foreign.length > 0) {
    throw new Error(
      `The demo brings its own engines, so that its people and incidents touch nobody else's: unset ${foreign.join(', ')}.`,
    );
  }
  const config = readConfig(env);
  if (!LOOPBACK.has(config.HOST)) {
    throw new Error(
      `The demo asks nobody for a key, so it listens on this machine alone: unset HOST (it is ${config.HOST}).`,
    );
  }
  const smtpPort = await freePort();
  env['PROVISOR_HOME'] = config.PROVISOR_HOME ?? `${config.home}-demo`;
  env['PROVISOR_POLICY'] = join(packageRoot, 'demo', 'policy.yaml');
  env['SMTP_URL'] = `smtp://127.0.0.1:${smtpPort}`;
  env['PROVISOR_DEMO_SMTP_PORT'] = String(smtpPort);
}
