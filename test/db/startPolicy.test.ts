import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { activatePolicy, activePolicyHash, storePolicy } from '../../db/policies.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { prepareDatabase } from '../../ops/prepare.ts';
import { policyInWords } from '../../ops/startPolicy.ts';
import type { StartPolicy } from '../../ops/startPolicy.ts';
import { createTestDatabase, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'provisor-start-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

const within = (hours: string) => (policy: PolicyInput) => {
  const level = policy.serviceLevels['standard'];
  if (level?.resolve) level.resolve['1'] = { within: hours, calendar: 'always' };
  return policy;
};

const policyFile = (hours: string): PolicyInput => within(hours)(structuredClone(testPolicy));

/** A start with this policy in its file, or without a file. */
async function start(policy?: unknown): Promise<StartPolicy> {
  const file = join(folder, 'policy.yaml');
  if (policy !== undefined) writeFileSync(file, stringify(policy));
  const prepared = await prepareDatabase({
    databaseUrl: database.url,
    policyFile: policy === undefined ? undefined : file,
    makeKey: () => 'k'.repeat(32),
  });
  return prepared.policy;
}

async function inForce(): Promise<string | undefined> {
  return activePolicyHash(database.pool);
}

test('a file is put in force, and the start says what changed', async () => {
  const started = await start(policyFile('1h'));
  expect(started).toMatchObject({ changed: true, hash: await inForce() });
  expect(policyInWords(started)).toEqual([
    expect.stringMatching(/^Policy: [0-9a-f]{32}, from .*policy\.yaml$/),
    '  changed  /serviceLevels/standard/resolve/1/within: "4h" → "1h"',
  ]);
});

test('the same file again changes nothing', async () => {
  const { hash } = await start(policyFile('1h'));
  expect(await start(policyFile('1h'))).toMatchObject({ hash, changed: false, changes: [] });
});

test('what was applied since survives the next start with the same file, which says whose it is', async () => {
  await start(policyFile('1h'));
  const applied = await usePolicy(database.pool, within('2h'));
  const started = await start(policyFile('1h'));
  expect(started).toMatchObject({ hash: applied, changed: false, changes: [] });
  expect(started.why).toMatch(
    /^applied by test at .*policy\.yaml, which was applied at an earlier/,
  );
  expect(await inForce()).toBe(applied);
});

test('an edited file is applied over what was applied since, also when its content was in force before', async () => {
  const first = await start(policyFile('1h'));
  await start(policyFile('3h'));
  await usePolicy(database.pool, within('2h'));
  expect(await start(policyFile('1h'))).toMatchObject({ hash: first.hash, changed: true });
});

test('a file that was in force already when a start took it first is not applied again later', async () => {
  await usePolicy(database.pool, within('1h'));
  expect(await start(policyFile('1h'))).toMatchObject({ changed: false });
  const applied = await usePolicy(database.pool, within('2h'));
  expect(await start(policyFile('1h'))).toMatchObject({ hash: applied, changed: false });
});

test('without a file what is in force stays', async () => {
  const hash = await usePolicy(database.pool, within('2h'));
  expect(await start()).toEqual({
    hash,
    changed: false,
    changes: [],
    warnings: [],
    why: 'as before',
  });
});

test('of people it says that they changed, not how: an address may hold a secret', () => {
  const change = { pointer: '/people/ann/webhook', kind: 'changed', from: 'a', to: 'b' } as const;
  expect(policyInWords({ hash: 'x', why: 'from y', changes: [change], warnings: [] })).toEqual([
    'Policy: x, from y',
    '  changed  /people/ann/webhook',
  ]);
});

test('a file with a fault ends the start with its line and place, and changes nothing', async () => {
  const before = await inForce();
  const first = { defaultService: '' };
  const faulty = start(Object.assign(first, testPolicy, { defaultService: 'nothing' }));
  await expect(faulty).rejects.toThrow(/\n {2}line 1, \/defaultService: "nothing" is not in/);
  expect(await inForce()).toBe(before);
});

test('of a policy in force that an earlier version took though an escalation may reach nobody it warns', async () => {
  const hash = 'e'.repeat(32);
  const steps = [{ to: [{ schedule: 'desk' }], wait: '5m' }];
  const escalations = { standard: { priorities: [1], steps } };
  await storePolicy(database.pool, hash, { ...testPolicy, escalations }, 0, 'older');
  await activatePolicy(database.pool, hash, 0, 'older');
  expect(policyInWords(await start())).toEqual([
    `Policy: ${hash}, as before`,
    '  warning  /escalations/standard: may reach nobody: add a "catchAll" with an active person, or a team with an active member',
  ]);
});

test('a policy in force that this version cannot read ends the start with what to do; a file mends it', async () => {
  const hash = 'f'.repeat(32);
  await storePolicy(database.pool, hash, { priority: 'by mood' }, 0, 'older');
  await activatePolicy(database.pool, hash, 0, 'older');
  await expect(start()).rejects.toThrow(/start with PROVISOR_POLICY.*\/priority/);
  expect(await start(policyFile('1h'))).toMatchObject({ changed: true });
});
