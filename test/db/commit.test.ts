import { systemActor } from '../../domain/actor.ts';
import type { Actor, Role } from '../../domain/actor.ts';
import { fold } from '../../domain/evolve.ts';
import type { RecordState } from '../../domain/process.ts';
import { fromIso, toIso, HOUR, MINUTE } from '../../domain/time.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { commit, open, tick } from '../../records/commit.ts';
import type { Committed } from '../../records/request.ts';
import { chainStart, eventHash } from '../../records/chain.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import type { Result } from '../../domain/errors.ts';
import { resumeRecord } from '../../records/resume.ts';
import { createTestDatabase, testDriver, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const monday = fromIso('2026-11-23T09:00:00Z');

function person(id: string, ...roles: Role[]): Actor {
  return { kind: 'person', id, roles, organisation: 'main' };
}
const ann = person('ann', 'resolver');
const lea = person('lea', 'manager');

function accepted(result: Result<Committed>): RecordState {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record;
}

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
});
afterAll(() => database.drop());

const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };

async function openIncident(input: object = p1, now = monday): Promise<RecordState> {
  return accepted(await open(engine, processOf(engine, 'incident'), input, { actor: ann, now }));
}

test('opening writes the row, event 1, the free text apart, an escalation and a wake in one go', async () => {
  const record = await openIncident();
  expect(record).toMatchObject({
    seq: 1,
    state: 'new',
    fields: { priority: 1, service: 'shop', team: 'operations' },
  });
  expect(toIso(record.clocks['respond']?.dueAt ?? 0)).toBe('2026-11-23T09:15:00.000Z');
  const plan = await resumeRecord(engine, record.number, testDriver);
  expect(plan).toMatchObject({
    seq: 1,
    state: 'new',
    final: false,
    effects: [`${record.number}/1/0`],
  });
  const { rows } = await database.pool.query('select body from texts where number = $1', [
    record.number,
  ]);
  expect(rows).toEqual([{ body: 'Shop is down' }]);
  expect(JSON.stringify(await readEvents(database.pool, record.number))).not.toContain(
    'Shop is down',
  );
});

test('the row is the fold of the events, and the events are a chain', async () => {
  const { number } = await openIncident();
  for (const [command, input] of [
    ['acknowledge', {}],
    ['assign', { assignee: 'bob' }],
    ['hold', { reason: 'customer', comment: 'Waiting for the customer' }],
    ['resume', {}],
    ['prioritise', { impact: 3, urgency: 2, reason: 'Only one shop' }],
    ['resolve', { code: 'fixed', notes: 'Restarted' }],
    ['reopen', { reason: 'Down again' }],
  ] as const) {
    accepted(await commit(engine, number, command, input, { actor: lea, now: monday + MINUTE }));
  }
  const row = await findRecord(database.pool, number);
  const events = await readEvents(database.pool, number);
  expect(row && fold(row, events)).toEqual(row);
  let previous: Buffer = chainStart;
  for (const event of events) {
    expect(event.previous).toEqual(previous);
    const { recordedAt, commandId } = event;
    expect(
      eventHash(previous, pick(event), { number, organisation: 'main', recordedAt, commandId }),
    ).toEqual(event.hash);
    previous = event.hash;
  }
});

function pick({
  seq,
  type,
  at,
  actor,
  version,
  policy,
  data,
  reasons,
  change,
}: Awaited<ReturnType<typeof readEvents>>[number]) {
  return { seq, type, at, actor, version, policy, data, reasons, change };
}

test.each([
  'update events set type = $$x$$',
  'delete from events',
  'truncate events',
  'update policies set body = $${}$$',
])('the database refuses: %s', async (statement) => {
  await openIncident();
  await expect(database.pool.query(statement)).rejects.toThrow('append-only');
});

test('a command first commits what became due before it, each at its own time', async () => {
  const { number } = await openIncident();
  const record = accepted(
    await commit(engine, number, 'acknowledge', {}, { actor: ann, now: monday + 20 * MINUTE }),
  );
  const events = await readEvents(database.pool, number);
  expect(events.map(({ type, at }) => `${toIso(at).slice(11, 16)} ${type}`)).toEqual([
    '09:00 opened',
    '09:07 respond.warned',
    '09:11 respond.warned',
    '09:15 respond.breached',
    '09:20 acknowledged',
  ]);
  expect(record.clocks['respond']).toMatchObject({
    breachedAt: monday + 15 * MINUTE,
    stoppedAt: monday + 20 * MINUTE,
  });
});

test('a resolve that races the breach at its very moment: the goal is missed, once, and then it is resolved', async () => {
  const { number, clocks } = await openIncident();
  const now = clocks['resolve']?.dueAt ?? 0;
  const resolve = () =>
    commit(engine, number, 'resolve', { code: 'fixed', notes: 'Restarted' }, { actor: ann, now });
  const [, first, second] = await Promise.all([
    tick(engine, number, now),
    resolve(),
    resolve(),
    tick(engine, number, now),
  ]);
  expect([first.ok, second.ok].sort()).toEqual([false, true]);
  const events = await readEvents(database.pool, number);
  const types = events.map(({ type }) => type).filter((type) => !type.endsWith('.warned'));
  expect(types).toEqual(['opened', 'respond.breached', 'resolve.breached', 'resolved']);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
});

test('a tick that is repeated commits nothing twice', async () => {
  const { number } = await openIncident();
  await tick(engine, number, monday + HOUR);
  const after = await findRecord(database.pool, number);
  await tick(engine, number, monday + HOUR);
  expect(await findRecord(database.pool, number)).toEqual(after);
});

test('acknowledging cancels the escalation that waits and tells a running one to stop', async () => {
  const waiting = await openIncident();
  await commit(engine, waiting.number, 'acknowledge', {}, { actor: ann, now: monday });
  expect((await resumeRecord(engine, waiting.number, testDriver)).effects).toEqual([]);

  const running = await openIncident();
  await database.pool.query("update effects set state = 'started' where number = $1", [
    running.number,
  ]);
  expect((await resumeRecord(engine, running.number, testDriver)).effects).toEqual([]);
  await commit(engine, running.number, 'acknowledge', {}, { actor: ann, now: monday });
  expect((await resumeRecord(engine, running.number, testDriver)).effects).toEqual([
    `${running.number}/1/0`,
  ]);
});

test('a second call of an internal command is the first one', async () => {
  const { number } = await openIncident();
  const page = { escalation: `${number}/1/0`, round: 0, step: 0, rule: 'r', people: ['ann'] };
  const request = {
    actor: systemActor('x', 'main'),
    now: monday,
    commandId: `${number}/1/0/page/0.0`,
  };
  const first = await commit(engine, number, 'page', page, request);
  const second = await commit(engine, number, 'page', page, request);
  expect([first, second].map((result) => result.ok && result.value.repeated)).toEqual([
    false,
    true,
  ]);
  expect(await readEvents(database.pool, number)).toHaveLength(2);
});

test('twenty commands at once on one record are taken one after the other, none lost', async () => {
  const { number } = await openIncident();
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      commit(engine, number, 'comment', { text: `number ${index}` }, { actor: ann, now: monday }),
    ),
  );
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect((await readEvents(database.pool, number)).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 21 }, (_, index) => index + 1),
  );
});

test('the same Idempotency-Key at once opens one record; another body is refused', async () => {
  const request = { actor: ann, now: monday, idempotencyKey: 'key-1' };
  const incident = processOf(engine, 'incident');
  const results = await Promise.all(
    Array.from({ length: 8 }, () => open(engine, incident, p1, request)),
  );
  expect(new Set(results.map((result) => result.ok && result.value.record.number)).size).toBe(1);
  const other = await open(engine, incident, { ...p1, urgency: 2 }, request);
  expect(other).toMatchObject({ ok: false, error: { kind: 'keyReused' } });
});

test('the stored answer is the record as it was then, also after it changed', async () => {
  const { number } = await openIncident();
  const request = { actor: ann, now: monday, idempotencyKey: 'key-2' };
  const first = accepted(await commit(engine, number, 'assign', { assignee: 'bob' }, request));
  accepted(
    await commit(engine, number, 'assign', { assignee: 'ann' }, { actor: ann, now: monday }),
  );
  const again = await commit(engine, number, 'assign', { assignee: 'bob' }, request);
  expect(again).toEqual({ ok: true, value: { record: first, repeated: true } });
});

test('a stale If-Match changes nothing', async () => {
  const { number } = await openIncident();
  const result = await commit(engine, number, 'start', {}, { actor: ann, now: monday, ifMatch: 7 });
  expect(result).toEqual({ ok: false, error: { kind: 'stale', expected: 7, actual: 1 } });
  expect((await findRecord(database.pool, number))?.seq).toBe(1);
});

test('a new policy moves open deadlines at the next look, without losing time that was used', async () => {
  const { number } = await openIncident();
  await usePolicy(database.pool, (policy) => {
    const standard = policy.serviceLevels['standard'];
    if (standard?.resolve) standard.resolve['1'] = { within: '2h', calendar: 'always' };
    return policy;
  });
  await tick(engine, number, monday + MINUTE);
  const record = await findRecord(database.pool, number);
  expect(record?.clocks['resolve']?.dueAt).toBe(monday + 2 * HOUR);
  expect((await readEvents(database.pool, number)).at(-1)?.type).toBe('policyApplied');
  await usePolicy(database.pool, (policy) => policy);
});
