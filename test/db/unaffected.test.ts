import { pino } from 'pino';
import { inSnapshot } from '../../db/auditRead.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { person } from '../../domain/simulation.ts';
import { DAY, fromIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { getPolicy } from '../../records/policies.ts';
import type { Recomputation } from '../../records/policies.ts';
import { resumeRecord, tickRecord } from '../../records/resume.ts';
import { verifyAll } from '../../records/verify.ts';
import { startRelay } from '../../workers/relay.ts';
import type { Relay } from '../../workers/relay.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { until } from '../helpers/system.ts';

const monday = fromIso('2026-11-23T09:00:00Z');
const lea = person('lea', 'manager');

let database: TestDatabase;
let engine: Engine;
let relay: Relay | undefined;
let number: string;
beforeEach(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => monday);
  const input = { title: 'Shop', impact: 1, urgency: 1 };
  const request = { actor: lea, now: monday };
  const opened = await open(engine, processOf(engine, 'incident'), input, request);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  number = opened.value.record.number;
});
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
  await database.drop();
});

/** A policy that changes nothing of any record: somebody's address is another one. */
function otherContact(name: string): Promise<string> {
  return usePolicy(database.pool, (policy: PolicyInput) => ({
    ...policy,
    people: { ...policy.people, ann: { name: 'Ann', email: `${name}@example.org` } },
  }));
}

function longer(): Promise<string> {
  return usePolicy(database.pool, (policy) => {
    const level = policy.serviceLevels['standard'];
    if (level?.resolve) level.resolve['1'] = { within: '5h', calendar: 'always' };
    return policy;
  });
}

async function give(command: string, input: object = {}): Promise<void> {
  const result = await commit(engine, number, command, input, { actor: lea, now: monday });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

/** What the record's workflow does when it is woken. @returns whether something was due */
async function look(): Promise<boolean> {
  const { dueAt } = await resumeRecord(engine, number, testDriver);
  const isDue = dueAt !== null && dueAt <= monday;
  if (isDue) await tickRecord(engine, number, monday, testDriver);
  return isDue;
}

async function progress(hash: string): Promise<Recomputation> {
  const known = await getPolicy(database.pool, hash);
  if (!known.ok) throw new Error(JSON.stringify(known.error));
  return known.value.records;
}

async function types(): Promise<string[]> {
  return (await readEvents(database.pool, number)).map(({ type }) => type);
}

test('a policy that changes nothing of a record leaves no event, and the record counts as computed by it', async () => {
  const before = await findRecord(database.pool, number);
  const hash = await otherContact('anna');
  expect(await progress(hash)).toEqual({ open: 1, decidedByIt: 0, decidedByOthers: 1 });
  expect(await look()).toBe(true);
  expect(await progress(hash)).toEqual({ open: 1, decidedByIt: 1, decidedByOthers: 0 });
  expect(await types()).toEqual(['opened']);
  expect(await findRecord(database.pool, number)).toEqual(before);
});

test('it is looked at once, not again and again', async () => {
  await otherContact('anna');
  await look();
  expect(await look()).toBe(false);
});

test('a policy that comes back after another one decided has its turn again', async () => {
  const contact = await otherContact('anna');
  await look();
  await longer();
  await look();
  await otherContact('anna');
  expect(await progress(contact)).toMatchObject({ decidedByIt: 0 });
  await look();
  expect(await types()).toEqual(['opened', 'policyApplied', 'policyApplied']);
  expect(await progress(contact)).toMatchObject({ decidedByIt: 1 });
});

test('each event names the policy that decided it, and the audit finds nothing amiss', async () => {
  const first = (await findRecord(database.pool, number))!.policy;
  const hash = await otherContact('anna');
  await look();
  await give('acknowledge');
  const events = await readEvents(database.pool, number);
  expect(events.map(({ type, policy }) => [type, policy])).toEqual([
    ['opened', first],
    ['acknowledged', hash],
  ]);
  const { faults } = await inSnapshot(database.url, (db) =>
    verifyAll(db, { trusted: [], kept: [] }),
  );
  expect(faults).toEqual([]);
});

test('a closed record with something due is woken too, keeps what decided it, and is looked at once', async () => {
  await give('acceptMajor', { commander: 'ann' });
  await give('resolve', { code: 'fixed', notes: 'Restarted' });
  await give('close');
  expect((await resumeRecord(engine, number, testDriver)).dueAt).toBe(monday + 3 * DAY);
  const { pool } = database;
  await longer();
  expect((await pool.query('select number from wakes')).rows).toEqual([{ number }]);
  const before = await types();
  expect(await look()).toBe(true);
  expect(await look()).toBe(false);
  expect(await types()).toEqual(before);
});

test('a wave larger than its first wakes goes on until the last record, without a wait for the next sweep', async () => {
  await database.pool.query(
    `insert into records (number, process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, chain)
     select 'INC-' || (100000 + i), process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, chain
     from records, generate_series(1, 1500) i where number = $1`,
    [number],
  );
  const hash = await otherContact('anna');
  const waiting = await database.pool.query('select from wakes');
  expect(waiting.rowCount).toBeLessThan(1_000);
  relay = startRelay({
    pool: database.pool,
    log: pino({ level: 'silent' }),
    driver: testDriver,
    send: async (wake) => {
      await tickRecord(engine, wake.number, monday, testDriver);
    },
    sweepEveryMs: 3_600_000,
  });
  await until('the whole wave', async () => (await progress(hash)).decidedByOthers === 0, 60_000);
});
