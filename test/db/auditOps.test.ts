import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { auditPublicKey, takeCheckpointNow, verifyAudit } from '../../ops/audit.ts';
import { bootstrapKey } from '../../records/keys.ts';
import { createSigner } from '../../records/signer.ts';
import { startCheckpoints } from '../../workers/checkpoints.ts';
import { noOperations, provisor } from '../cli/support.ts';
import { createTestDatabase } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { until } from '../helpers/system.ts';

const SECRET = 'a secret of the auditors, long enough';
const before = { ...process.env };
let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provisor-audit-'));
  database = await createTestDatabase();
  await bootstrapKey(database.pool, 'the-first-admin-key-of-these-tests', Date.now());
  setEnvironment({ DATABASE_URL: database.url, PROVISOR_AUDIT_KEY: SECRET, PROVISOR_HOME: folder });
});
afterEach(async () => {
  setEnvironment({});
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function setEnvironment(more: Record<string, string>): void {
  process.env = { ...before, ...more };
}

const operations = {
  ...noOperations,
  audit: {
    verify: verifyAudit,
    checkpoint: takeCheckpointNow,
    key: () => Promise.resolve(auditPublicKey()),
  },
};

const audit = (...args: string[]) => provisor(['audit', ...args], {}, {}, operations);

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('nothing wrong: exit code 0, and what was not proved is said', async () => {
  const ran = await audit('verify');
  expect(ran).toMatchObject({ code: 0, out: '' });
  expect(ran.err).toContain('There is no checkpoint: a cut tail cannot be found');
  await audit('checkpoint');
  const again = await audit('verify');
  expect(again.err).toContain('No kept checkpoints were compared');
  expect(again.err).toContain('Valid');
});

test('a fault: exit code 1, and what is wrong on stdout, also as JSON', async () => {
  await database.pool.query(`update api_keys set holder = 'eve'`);
  const ran = await audit('verify');
  expect(ran.code).toBe(1);
  expect(ran.out).toMatch(/^key key_\w+: it is not as the audit log has it: holder\n$/);
  expect(ran.err).toContain('NOT VALID: 1 fault.');
  const json = await audit('verify', '--json');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ faults: [{ what: expect.any(String) as string }] });
});

test('a checkpoint that was kept is compared, by the public key that was printed', async () => {
  const kept = file('kept.jsonl', (await audit('checkpoint')).out);
  const key = file('key.pem', (await audit('key')).out);
  // Somewhere else, without the secret.
  setEnvironment({ DATABASE_URL: database.url, PROVISOR_HOME: join(folder, 'nothing') });
  const ran = await audit('verify', '--against', kept, '--public-key', key);
  expect(ran).toMatchObject({ code: 0, out: '' });
  expect(ran.err).toContain('1 kept checkpoints were compared');
  const other = file('other.pem', createSigner('a secret of somebody else, long enough').pem);
  expect((await audit('verify', '--public-key', other)).code).toBe(1);
});

test.each([
  ['--against', 'line 1 is no checkpoint'],
  ['--public-key', 'must be an Ed25519 public key in PEM'],
])('%s with a file of something else says so', async (flag, message) => {
  const ran = await audit('verify', flag, file('wrong', 'not at all'));
  expect(ran.code).toBe(1);
  expect(ran.err).toContain(message);
});

test('without a database it says what to do', async () => {
  setEnvironment({ PROVISOR_HOME: folder });
  expect((await audit('verify')).err).toContain('set DATABASE_URL, or PROVISOR_HOME');
  file('postgresql.password', 'x');
  file('ports.json', '{"postgresql":1}');
  expect((await audit('verify')).err).toContain('start that first');
  expect((await audit('checkpoint')).err).toContain('PROVISOR_AUDIT_KEY');
});

test('the embedded database is found by its home', async () => {
  const { port, password } = new URL(database.url);
  file('ports.json', JSON.stringify({ postgresql: Number(port) }));
  file('postgresql.password', decodeURIComponent(password));
  setEnvironment({ PROVISOR_HOME: folder });
  // On these tests' server that database is there and empty.
  expect((await audit('verify')).err).toContain('brings it up to date');
});

test('an older database asks for migration', async () => {
  await database.pool.query('drop table audit_log cascade');
  const ran = await audit('verify');
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('provisor migrate');
});

test('the worker takes checkpoints by itself and writes them out for others', async () => {
  const path = join(folder, 'checkpoints.jsonl');
  const signer = createSigner(SECRET);
  const log = pino({ level: 'silent' });
  const timer = startCheckpoints({ pool: database.pool, log, signer, everyMs: 50, file: path });
  try {
    await until('the first checkpoint', () => lineCount(path) === 1);
    await bootstrapKey(database.pool, 'another-admin-key-of-these-tests!!', Date.now());
    await until('the second checkpoint', () => lineCount(path) === 2);
  } finally {
    await timer.stop();
  }
  expect((await audit('verify', '--against', path)).code).toBe(0);
});

function lineCount(path: string): number {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').length;
  } catch {
    return 0;
  }
}
