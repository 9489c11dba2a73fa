/**
 * `upgrade/0002.jsonl` holds the rows of a small database as the first version left it, after two migrations: an incident that was paged and
 * acknowledged, one that nobody touched, one on hold, one resolved. This version must go on with them. The file is never edited: what a later
 * version leaves gets a file of its own.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inSnapshot } from '../../db/auditRead.ts';
import { adoptNamespace } from '../../db/identity.ts';
import { migrate } from '../../db/migrate.ts';
import { createPool } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import type { RecordState } from '../../domain/process.ts';
import { person } from '../../domain/simulation.ts';
import { fromIso, toIso } from '../../domain/time.ts';
import { prepareDatabase } from '../../ops/prepare.ts';
import { incident } from '../../processes/incident.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import { commit, open } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { ensureNumbers } from '../../records/numbers.ts';
import { getRecord } from '../../records/read.ts';
import { tickRecord } from '../../records/resume.ts';
import { verifyAll } from '../../records/verify.ts';
import { accepted, signer } from '../helpers/audit.ts';
import {
  databaseUrl,
  runningEngines,
  testDriver,
  testEngine,
  testNamespace,
} from '../helpers/database.ts';

const MIGRATIONS = 2;
const KEY = 'a-first-admin-key-that-scripts-can-know';
const root = person('admin', 'admin');
const monday = fromIso('2026-11-23T10:00:00Z');

type Line =
  | { readonly table: string; readonly row: Readonly<Record<string, unknown>> }
  | { readonly sequence: string; readonly last: number };

/** Writes rows as they are; the database owner's own hand, so no trigger stands in the way. */
async function fill(pool: Pool, file: string): Promise<void> {
  const lines = readFileSync(join(__dirname, 'upgrade', file), 'utf8')
    .trim()
    .split('\n');
  for (const line of lines.map((text) => JSON.parse(text) as Line)) {
    if ('sequence' in line) {
      await pool.query('select setval($1, $2)', [line.sequence, line.last]);
      continue;
    }
    const { table, row } = line;
    const columns = Object.keys(row).join(', ');
    await pool.query(
      `insert into ${table} (${columns}) overriding system value
       select ${columns} from json_populate_record(null::${table}, $1)`,
      [JSON.stringify(row)],
    );
  }
}

const name = `test_${randomBytes(8).toString('hex')}`;
let admin: Pool;
let pool: Pool;
let engine: Engine;

beforeAll(async () => {
  admin = createPool(runningEngines().databaseUrl, 1);
  await admin.query(`create database ${name}`);
  pool = createPool(databaseUrl(name), 4);
  await migrate(databaseUrl(name), MIGRATIONS);
  await ensureNumbers(pool);
  await fill(pool, '0002.jsonl');
  await prepareDatabase({ databaseUrl: databaseUrl(name), bootstrapKey: KEY, makeKey: () => '' });
  await adoptNamespace(pool, testNamespace, monday);
  engine = testEngine(pool);
  // As the worker does when it starts: with it the audit log begins, and tells what it found.
  await takeCheckpoints(pool, signer, () => monday);
});
afterAll(async () => {
  await pool.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

const read = async (number: string): Promise<RecordState> =>
  accepted(await getRecord(engine, number, root));

const due = ({ clocks }: RecordState, clock: string): string | null => {
  const at = clocks[clock]?.dueAt ?? null;
  return at === null ? null : toIso(at);
};

const give = async (number: string, command: string, input: object): Promise<RecordState> =>
  accepted(await commit(engine, number, command, input, { actor: root, now: monday })).record;

const faults = async () =>
  (await inSnapshot(databaseUrl(name), (db) => verifyAll(db, { trusted: [signer], kept: [] })))
    .faults;

test('the audit finds nothing amiss in what an older version wrote', async () => {
  expect(await faults()).toEqual([]);
});

test('each record stands as it stood, with its deadline, decided by the definition of then', async () => {
  const records = await Promise.all(['INC-1', 'INC-2', 'INC-3', 'INC-4'].map(read));
  expect(
    records.map((record) => [record.number, record.state, record.version, due(record, 'resolve')]),
  ).toEqual([
    ['INC-1', 'new', 1, '2026-11-22T21:00:14.265Z'],
    ['INC-2', 'new', 1, '2026-11-27T17:00:00.000Z'],
    ['INC-3', 'onHold', 1, null],
    ['INC-4', 'resolved', 1, null],
  ]);
});

test('what became due meanwhile happens, effective at its time', async () => {
  await tickRecord(engine, 'INC-1', monday, testDriver);
  const { clocks } = await read('INC-1');
  expect(clocks['resolve']?.breachedAt).toBe(fromIso('2026-11-22T21:00:14.265Z'));
});

test('a hold that began before ends after, and no time on hold is counted', async () => {
  const resumed = await give('INC-3', 'resume', {});
  expect(resumed).toMatchObject({ state: 'inProgress', version: incident.version });
  expect(due(resumed, 'resolve')).toBe('2026-11-25T10:00:00.000Z');
});

test('a resolved one reopens, with the fields that came since', async () => {
  const reopened = await give('INC-4', 'reopen', { reason: 'It fails again' });
  expect(reopened).toMatchObject({ state: 'new', fields: { reopens: 1, watchers: [] } });
});

test('numbers go on where they stood', async () => {
  const input = { title: 'After the upgrade', impact: 3, urgency: 3 };
  const request = { actor: root, now: monday };
  const opened = accepted(await open(engine, processOf(engine, 'incident'), input, request));
  expect(opened.record.number).toBe('INC-5');
});

test('old and new events are one chain', async () => {
  expect(await faults()).toEqual([]);
});
