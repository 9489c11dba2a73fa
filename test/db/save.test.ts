import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { MovedOn, save } from '../../db/save.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import type { Actor } from '../../domain/actor.ts';
import { effectKey } from '../../domain/ids.ts';
import type { RecordState } from '../../domain/process.ts';
import { createTestDatabase, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const ann: Actor = { kind: 'person', id: 'ann', roles: ['resolver'], organisation: 'main' };

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
});
afterAll(() => database.drop());

async function rowsOf(number: string): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<Record<string, number>>(
    `select (select count(*) from events where number = $1)::integer as events, (select count(*) from texts where number = $1)::integer as texts,
      (select count(*) from effects where number = $1)::integer as effects, (select count(*) from effects where number = $1 and state = 'cancelled')::integer as ended,
      (select count(*) from commands where number = $1)::integer as keys, (select count(*) from wakes where number = $1)::integer as wakes`,
    [number],
  );
  return rows[0] ?? {};
}

test('what was decided on a state that is over writes nothing: no event, text, effect, key or wake', async () => {
  const request = { actor: ann, now: Date.now() };
  const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };
  const result = await open(engine, processOf(engine, 'incident'), p1, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const { number } = result.value.record;
  await commit(engine, number, 'comment', { text: 'Somebody was quicker' }, request);
  await database.pool.query('delete from wakes where number = $1', [number]);
  const record = (await findRecord(database.pool, number)) as RecordState;
  const [event] = await readEvents(database.pool, number, { after: 1 });
  if (event === undefined) throw new Error('the comment left no event');
  const before = await rowsOf(number);

  const decided = save(database.pool, {
    record: { ...record, seq: 3 },
    decidedAtSeq: 1,
    final: false,
    dueAt: null,
    chain: event.hash,
    texts: [{ id: 'f'.repeat(64), salt: Buffer.alloc(16), body: 'a text' }],
    events: [{ ...event, seq: 3 }],
    effects: [
      {
        key: effectKey(record.number, 3, 0),
        effect: { kind: 'escalation', escalation: 'standard' },
        during: 'escalation',
        notBefore: null,
        claimed: false,
        giveUpAt: request.now,
      },
    ],
    ended: ['escalation'],
    command: { actor: 'person:ann', key: 'a-key', bodyHash: Buffer.alloc(32) },
    recordedAt: request.now,
    driver: null,
    wake: { priority: 1 },
  });
  await expect(decided).rejects.toThrow(MovedOn);
  expect(await rowsOf(number)).toEqual(before);
  expect(await findRecord(database.pool, number)).toEqual(record);
});
