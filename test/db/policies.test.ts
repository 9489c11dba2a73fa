import { pino } from 'pino';
import { readEvents } from '../../db/events.ts';
import { countOpenRecords } from '../../db/policies.ts';
import { findRecord } from '../../db/records.ts';
import { takeWakes } from '../../db/wakes.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { person } from '../../domain/simulation.ts';
import { fromIso, HOUR, MINUTE } from '../../domain/time.ts';
import { commit, open, tick } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { applyPolicy } from '../../records/policies.ts';
import { previewPolicy } from '../../records/policyPreview.ts';
import { resumeRecord, tickRecord } from '../../records/resume.ts';
import { startRelay } from '../../workers/relay.ts';
import type { Relay } from '../../workers/relay.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

const monday = fromIso('2026-11-23T09:00:00Z');
const ann = person('ann', 'resolver');

let database: TestDatabase;
let engine: Engine;
let relay: Relay | undefined;
let now: number;
beforeEach(async () => {
  database = await createTestDatabase();
  now = monday;
  engine = testEngine(database.pool, () => now);
});
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
  await database.drop();
});

async function openIncident(level = 1): Promise<string> {
  const input = { title: 'Shop', impact: level, urgency: level };
  const result = await open(engine, processOf(engine, 'incident'), input, { actor: ann, now });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

async function give(number: string, command: string, input: object = {}): Promise<void> {
  const result = await commit(engine, number, command, input, { actor: ann, now });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

/** Copies of a record, without their events: to have many that are open. */
async function copies(number: string, count: number): Promise<void> {
  await database.pool.query(
    `insert into records (number, process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, chain)
     select 'INC-' || (100000 + i), process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, time_in, due_at, fields, clocks, chain
     from records, generate_series(1, $2) i where number = $1`,
    [number, count],
  );
}

const within = (hours: string) => (policy: PolicyInput) => {
  const level = policy.serviceLevels['standard'];
  if (level?.resolve) {
    for (const priority of ['1', '4']) {
      level.resolve[priority] = { within: hours, calendar: 'always' };
    }
  }
  return policy;
};

async function dueAt(number: string): Promise<number | null | undefined> {
  return (await findRecord(database.pool, number))?.clocks['resolve']?.dueAt;
}

async function wakeOf(number: string): Promise<{ priority: number } | undefined> {
  const { rows } = await database.pool.query<{ priority: number }>(
    'select priority from wakes where number = $1',
    [number],
  );
  return rows[0];
}

async function next(): Promise<string | undefined> {
  return (await takeWakes(database.pool, 1, 30, testDriver))[0]?.number;
}

/** What a record's workflow does when it is woken: ask, and tick when something is due. */
async function look(number: string): Promise<void> {
  const plan = await resumeRecord(engine, number, testDriver);
  if (plan.dueAt !== null && plan.dueAt <= now) await tickRecord(engine, number, now, testDriver);
}

test('time used and time on hold are kept when a policy moves the target, twice', async () => {
  const number = await openIncident(3);
  now += 10 * MINUTE;
  await give(number, 'start');
  await give(number, 'hold', { reason: 'customer', comment: 'waits' });
  now += 2 * HOUR;
  await give(number, 'resume');
  now += 5 * MINUTE;
  await usePolicy(database.pool, within('1h'));
  await tick(engine, number, now);
  expect(await dueAt(number)).toBe(monday + 3 * HOUR);
  await usePolicy(database.pool, within('90m'));
  await tick(engine, number, now);
  expect(await dueAt(number)).toBe(monday + 3.5 * HOUR);
});

test('a record that is woken after a change of policy is due at once, and then no more', async () => {
  const number = await openIncident();
  expect((await resumeRecord(engine, number, testDriver)).dueAt).toBeGreaterThan(monday);
  const hash = await usePolicy(database.pool, within('1h'));
  const plan = await resumeRecord(engine, number, testDriver);
  expect(plan.dueAt).toBe(plan.lastAt);
  const ticked = await tickRecord(engine, number, now, testDriver);
  expect(ticked.dueAt).toBeGreaterThan(monday);
  expect((await findRecord(database.pool, number))?.policy).toBe(hash);
});

test('without Temporal records wait, and a command computes its record anew first', async () => {
  const number = await openIncident();
  const waiting = await openIncident();
  const hash = await usePolicy(database.pool, within('1h'));
  now += MINUTE;
  await give(number, 'comment', { text: 'looking' });
  const types = (await readEvents(database.pool, number)).map(({ type }) => type);
  expect(types).toEqual(['opened', 'policyApplied', 'commented']);
  expect(await dueAt(number)).toBe(monday + HOUR);
  expect(await countOpenRecords(database.pool, hash)).toEqual({ open: 2, computed: 1 });
  expect(await wakeOf(waiting)).toBeDefined();
});

describe('the wave of wakes', () => {
  test('goes behind every other wake, and takes none of its urgency', async () => {
    const quiet = await openIncident(3);
    const urgent = await openIncident();
    await database.pool.query('delete from wakes where number = $1', [quiet]);
    await usePolicy(database.pool, within('1h'));
    expect((await wakeOf(urgent))?.priority).toBe(1);
    expect((await wakeOf(quiet))?.priority).toBeGreaterThan(5);
    await give(quiet, 'prioritise', { impact: 1, urgency: 1, reason: 'all shops' });
    expect((await wakeOf(quiet))?.priority).toBe(1);
  });

  test('a P1 in its middle goes next, however long the wave has waited', async () => {
    await copies(await openIncident(3), 200);
    await database.pool.query('delete from wakes');
    await usePolicy(database.pool, within('1h'));
    await database.pool.query("update wakes set since = clock_timestamp() - interval '2 hours'");
    await takeWakes(database.pool, 20, 30, testDriver);
    now = Date.now();
    const urgent = await openIncident();
    expect(await next()).toBe(urgent);
  });

  test('reaches every open record, never more at once than the bound', async () => {
    await copies(await openIncident(3), 120);
    const hash = await usePolicy(database.pool, within('1h'));
    const under = new Set<string>();
    let most = 0;
    relay = startRelay({
      pool: database.pool,
      log: pino({ level: 'silent' }),
      driver: testDriver,
      bound: 5,
      send({ number }) {
        under.add(number);
        most = Math.max(most, under.size);
        setTimeout(() => {
          under.delete(number);
          void look(number);
        }, 5);
        return Promise.resolve();
      },
    });
    await until('all records', async () => {
      const { open: all, computed } = await countOpenRecords(database.pool, hash);
      return all === 121 && computed === all;
    });
    expect(most).toBeLessThanOrEqual(5);
  });

  test('a record whose wake was answered while the policy was applied is found by the sweep', async () => {
    const number = await openIncident(3);
    await usePolicy(database.pool, within('1h'));
    await database.pool.query('delete from wakes');
    const sent: string[] = [];
    relay = startRelay({
      pool: database.pool,
      log: pino({ level: 'silent' }),
      driver: testDriver,
      send(wake) {
        sent.push(wake.number);
        return look(wake.number);
      },
      sweepEveryMs: 50,
    });
    await until('the sweep', async () => (await dueAt(number)) === monday + HOUR);
    // A sweep between the look and its tick finds the record again, and may: a second look changes nothing.
    expect(new Set(sent)).toEqual(new Set([number]));
  });
});

describe('a preview', () => {
  const candidate = within('1h')(structuredClone(testPolicy));

  test('looks at ten thousand open records, and tells the first hundred in detail', async () => {
    await copies(await openIncident(), 9_999);
    const preview = await previewPolicy(engine, candidate, { withinMs: 60_000 });
    if (!preview.ok) throw new Error(JSON.stringify(preview.error));
    const { open: all, complete, records } = preview.value;
    expect({ all, complete }).toEqual({ all: 10_000, complete: true });
    expect(records).toMatchObject({
      examined: 10_000,
      changed: 10_000,
      undecided: 0,
      deadlines: [{ clock: 'resolve', earlier: 10_000, later: 0, added: 0, removed: 0 }],
    });
    expect(records.records).toHaveLength(100);
    const { rows } = await database.pool.query('select 1 from events where seq > 1');
    expect(rows).toEqual([]);
  });

  test('says so when the time was up', async () => {
    await openIncident();
    const preview = await previewPolicy(engine, candidate, { withinMs: 0 });
    expect(preview).toMatchObject({
      ok: true,
      value: { open: 1, complete: false, records: { examined: 0 } },
    });
  });

  test('names a record that cannot be decided, and goes on with the others', async () => {
    const [broken, sound] = [await openIncident(), await openIncident()];
    await database.pool.query("update records set process = 'gone' where number = $1", [broken]);
    const preview = await previewPolicy(engine, candidate);
    expect(preview).toMatchObject({
      ok: true,
      value: {
        records: {
          undecidedRecords: [{ number: broken, reason: expect.stringContaining('gone') as string }],
          records: [{ number: sound }],
        },
      },
    });
  });
});

test('who applied a policy, and what it replaced, is in the audit log', async () => {
  const lea = person('lea', 'manager');
  const before = await usePolicy(database.pool, within('3h'));
  const applied = await applyPolicy(
    database.pool,
    within('1h')(structuredClone(testPolicy)),
    lea,
    now,
  );
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  const { rows } = await database.pool.query(
    'select actor, kind, data from audit_log order by seq desc limit 1',
  );
  expect(rows).toEqual([
    {
      actor: 'person:lea',
      kind: 'policyActivated',
      data: { hash: applied.value.hash, replaces: before },
    },
  ]);
});
