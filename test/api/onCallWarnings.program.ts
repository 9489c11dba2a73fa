import { pino } from 'pino';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { createPool } from '../../db/pool.ts';
import { warnOfCoverageGaps } from '../../workers/onCallWarnings.ts';
import { testEngine } from '../helpers/database.ts';

// What a worker does at one moment about on-call warnings, in a process that can be killed.
const [databaseUrl, now, secret] = process.argv.slice(2);
if (databaseUrl === undefined || now === undefined || secret === undefined) {
  throw new Error('usage: onCallWarnings.program.ts <database> <milliseconds since 1970> <secret>');
}
const config = readConfig({ PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8' });
await warnOfCoverageGaps({
  engine: testEngine(createPool(databaseUrl, 2), () => Number(now)),
  log: pino({ level: 'silent' }),
  channels: createChannels(config, secret),
  publicUrl: 'https://desk.example.org',
});
