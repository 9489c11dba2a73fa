import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { findIdentity } from '../../db/identity.ts';
import { wakeBacklog } from '../../db/wakes.ts';
import { person } from '../../domain/simulation.ts';
import { open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import {
  createTestDatabase,
  runningEngines,
  testEngine,
  testNamespace,
} from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { freePort } from '../helpers/installation.ts';
import type { Ran } from './support.ts';

/** More than are woken in one transaction. */
const OPEN = 205;

let database: TestDatabase;
let namespace: string;
beforeEach(async () => {
  database = await createTestDatabase();
  namespace = `test-${randomBytes(6).toString('hex')}`;
});
afterEach(() => database.drop());

/** The program as an operator runs it, with nothing in its environment but this. */
async function provisor(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [resolve(__dirname, '../../bin/provisor.js'), ...args], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: child.exitCode ?? -1, out, err };
}

const there = () => ({
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: runningEngines().temporalAddress,
  TEMPORAL_NAMESPACE: namespace,
});

async function openIncidents(count: number): Promise<void> {
  const engine = testEngine(database.pool);
  const input = { title: 'Shop is down', impact: 1, urgency: 1 };
  for (let opened = 0; opened < count; opened += 1) {
    const request = { actor: person('ann', 'agent'), now: Date.now() };
    const result = await open(engine, processOf(engine, 'incident'), input, request);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
  }
  await database.pool.query('delete from wakes');
}

const waiting = async (): Promise<number> => (await wakeBacklog(database.pool)).waiting;

test('recover gives the records to the namespace of the environment: its outcome on stdout, how far it is on stderr', async () => {
  await openIncidents(OPEN);
  const ran = await provisor(['recover'], there());
  const identity = await findIdentity(database.pool);
  expect(identity).toMatchObject({ name: namespace, generation: 2 });
  expect(ran).toEqual({
    code: 0,
    out: [
      `Temporal namespace: ${testNamespace.name} (${testNamespace.id}) → ${namespace} (${identity?.id ?? ''})`,
      `Records that need a workflow: ${OPEN}`,
      `Effects not done yet: ${OPEN} escalation`,
      'Set back to be done again under the same keys: 0',
      'The workers take the records up now, the most urgent first: watch provisor_wakes_waiting.',
      '',
    ].join('\n'),
    err: `Records woken: 200 of ${OPEN}\nRecords woken: ${OPEN} of ${OPEN}\n`,
  });
  expect(await waiting()).toBe(OPEN);
}, 120_000);

test('recover --json writes the outcome as JSON, and repeated it is the same generation', async () => {
  await openIncidents(1);
  await provisor(['recover'], there());
  await database.pool.query("update effects set state = 'started' where kind = 'escalation'");
  const ran = await provisor(['recover', '--json'], there());
  const identity = await findIdentity(database.pool);
  expect(ran.code).toBe(0);
  const { id = '', generation } = identity ?? {};
  expect(JSON.parse(ran.out)).toEqual({
    from: { name: namespace, id },
    to: { name: namespace, id },
    records: 1,
    effects: { escalation: 1 },
    restarted: 1,
  });
  expect(generation).toBe(2);
}, 120_000);

test('recover --dry-run says what would be done, also to a namespace that is still to be made, and changes nothing', async () => {
  await openIncidents(1);
  const ran = await provisor(['recover', '--dry-run'], there());
  expect([ran.code, ran.err]).toEqual([0, '']);
  expect(ran.out).toContain(`→ ${namespace} (still to be made)\n`);
  expect(ran.out).toMatch(/Records that need a workflow: 1\n.*\nNothing was changed.\n$/);
  expect(await findIdentity(database.pool)).toMatchObject({ id: testNamespace.id });
  expect(await waiting()).toBe(0);
}, 120_000);

test.each([
  ['an unknown option', ['recover', '--force'], /unknown option '--force'/],
  ['an argument too many', ['recover', 'INC-1'], /too many arguments/],
])('%s is a usage error, and changes nothing', async (_what, args, words) => {
  const ran = await provisor(args, there());
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err).toMatch(words);
  expect(await findIdentity(database.pool)).toMatchObject({ id: testNamespace.id });
});

test('without DATABASE_URL it says that a start with its own engines recovers by itself', async () => {
  expect(await provisor(['recover'])).toEqual({
    code: 1,
    out: '',
    err: 'DATABASE_URL is not set: with its own engines "provisor start" recovers by itself\n',
  });
});

test('a database that refuses is named as the fault, with what to check', async () => {
  const ran = await provisor(['recover'], { ...there(), DATABASE_URL: `${database.url}_not` });
  expect([ran.code, ran.out]).toEqual([1, '']);
  expect(ran.err).toMatch(/^PostgreSQL cannot be used \(database .* does not exist\)\. Check /);
});

test('a Temporal that does not answer is named by its address, and the records stay with the one before', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const ran = await provisor(['recover'], { ...there(), TEMPORAL_ADDRESS: address });
  expect([ran.code, ran.out]).toEqual([1, '']);
  expect(ran.err).toMatch(new RegExp(`^Temporal at ${address}: .*\nCheck TEMPORAL_ADDRESS`));
  expect(await findIdentity(database.pool)).toMatchObject({ id: testNamespace.id });
}, 120_000);
