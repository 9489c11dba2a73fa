import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { findIdentity } from '../../db/identity.ts';
import type { Namespace } from '../../db/identity.ts';
import { readEvents } from '../../db/events.ts';
import { person } from '../../domain/simulation.ts';
import { open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { recover } from '../../records/recover.ts';
import { ensureNamespace, readNamespace } from '../../runtime/namespace.ts';
import { tsxLoader, leanSandbox } from '../../runtime/folders.ts';
import { createTestDatabase, runningEngines, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { testSecret, until } from '../helpers/system.ts';

const { temporalAddress: address, home } = runningEngines();
const namespace = `test-${randomBytes(6).toString('hex')}`;

let database: TestDatabase;
let connection: Connection;
let worker: ChildProcess;
let output = '';

/** The worker as it runs in production. */
function startWorker(): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      ...['--import', tsxLoader(), '--import', leanSandbox()],
      resolve(__dirname, '../../workers/main.ts'),
    ],
    {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
        PROVISOR_SECRET: testSecret,
        // Nobody listens there: whom no channel could reach would not be paged at all.
        SMTP_URL: 'smtp://127.0.0.1:1',
        PROVISOR_WORKFLOW_BUNDLE: join(home, 'workflows.js'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return child;
}

async function openIncident(): Promise<string> {
  const engine = testEngine(database.pool);
  const input = { title: 'Shop is down', impact: 1, urgency: 1 };
  const request = { actor: person('ann', 'agent'), now: Date.now() };
  const result = await open(engine, processOf(engine, 'incident'), input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

const paged = (number: string): Promise<boolean> =>
  readEvents(database.pool, number).then((events) => events.some(({ type }) => type === 'paged'));

/** Deletes the namespace and registers another one under its name. */
async function makeAnew(): Promise<Namespace> {
  const before = await readNamespace({ address }, namespace);
  await connection.operatorService.deleteNamespace({ namespace });
  return until(
    'another namespace of that name',
    async () => {
      await ensureNamespace({ address }, namespace).catch(() => undefined);
      const now = await readNamespace({ address }, namespace).catch(() => undefined);
      return now !== undefined && now.id !== before.id && now;
    },
    60_000,
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await Connection.connect({ address });
  await ensureNamespace({ address }, namespace);
  await recover(database.pool, await readNamespace({ address }, namespace), Date.now);
  worker = startWorker();
}, 120_000);
afterAll(async () => {
  worker.kill('SIGKILL');
  await connection.close();
  await database.drop();
});

test('a worker whose namespace was made anew ends, drives nothing, and the next one serves the new namespace', async () => {
  const before = await openIncident();
  await until('its page', () => paged(before), 60_000);

  const anew = await makeAnew();
  await recover(database.pool, anew, Date.now);
  const later = await openIncident();
  if (worker.exitCode === null) await once(worker, 'exit');
  // The old one is gone: nobody has paged for what was opened since.
  expect(await paged(later)).toBe(false);

  worker = startWorker();
  await until('the page of the next worker', () => paged(later), 60_000);
  expect(await findIdentity(database.pool)).toMatchObject({ id: anew.id });
  expect(output).not.toContain(testSecret);
}, 240_000);
