import { randomBytes } from 'node:crypto';
import { readConfig } from '../config.ts';
import { prepareDatabase } from './prepare.ts';
import { policyInWords } from './startPolicy.ts';

/**
 * Makes DATABASE_URL's database ready for this version, before API and worker start: tables, a policy, the first admin's key.
 * @returns lines for the operator. @throws Error that says what to do when it is not set
 */
export async function migrateDatabase(): Promise<string[]> {
  const { DATABASE_URL, PROVISOR_BOOTSTRAP_KEY, PROVISOR_POLICY } = readConfig();
  if (DATABASE_URL === undefined) {
    throw new Error(
      'DATABASE_URL is not set: "provisor start" brings its own PostgreSQL and migrates it',
    );
  }
  const { policy, madeKey } = await prepareDatabase({
    databaseUrl: DATABASE_URL,
    bootstrapKey: PROVISOR_BOOTSTRAP_KEY,
    makeKey: () => randomBytes(32).toString('base64url'),
    policyFile: PROVISOR_POLICY,
  });
  const lines = ['The tables are up to date.', ...policyInWords(policy)];
  if (madeKey !== undefined) lines.push(`Admin key ${madeKey} (shown only now: keep it)`);
  return lines;
}
