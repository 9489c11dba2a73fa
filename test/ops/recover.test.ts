import { randomBytes } from 'node:crypto';
import { findIdentity } from '../../db/identity.ts';
import { wakeBacklog } from '../../db/wakes.ts';
import { person } from '../../domain/simulation.ts';
import { recoverOnStart } from '../../ops/recover.ts';
import { open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { ensureNamespace } from '../../runtime/namespace.ts';
import { createTestDatabase, runningEngines, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const { temporalAddress } = runningEngines();
const namespace = `test-${randomBytes(6).toString('hex')}`;

let database: TestDatabase;
beforeAll(() => ensureNamespace({ address: temporalAddress }, namespace), 60_000);
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const start = () => recoverOnStart(database.url, temporalAddress, namespace);

async function openIncident(): Promise<void> {
  const engine = testEngine(database.pool);
  const input = { title: 'Shop is down', impact: 1, urgency: 1 };
  const request = { actor: person('ann', 'agent'), now: Date.now() };
  const opened = await open(engine, processOf(engine, 'incident'), input, request);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  await database.pool.query('delete from wakes');
}

const waiting = async (): Promise<number> => (await wakeBacklog(database.pool)).waiting;

test('a start with another Temporal than before takes the open records up and says so, the next one does nothing', async () => {
  await openIncident();
  expect(await start()).toMatch(
    /is not the one that drove the records: 1 open records are taken up/,
  );
  expect(await waiting()).toBe(1);
  await database.pool.query('delete from wakes');
  expect(await start()).toBeUndefined();
  expect(await waiting()).toBe(0);
});

test('a start after a recovery that was broken off goes on with it', async () => {
  await start();
  await openIncident();
  await database.pool.query('update temporal_identity set recovered_at = null');
  expect(await start()).toMatch(/^A recovery was broken off: 1 open records/);
  expect(await waiting()).toBe(1);
  expect((await findIdentity(database.pool))?.recoveredAt).not.toBeNull();
});

test('the first start of an installation only notes its Temporal', async () => {
  await database.pool.query('delete from temporal_identity');
  expect(await start()).toBeUndefined();
  expect(await findIdentity(database.pool)).toMatchObject({ name: namespace, generation: 1 });
});
