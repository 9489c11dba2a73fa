import { occasionOf } from '../../activities/occasion.ts';
import type { Actor } from '../../domain/actor.ts';
import { fromIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import { createTestDatabase, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const now = fromIso('2026-11-23T03:00:00Z');
const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool, () => now);
});
afterAll(() => database.drop());

async function opened(title: string): Promise<string> {
  const input = { title, service: 'shop', impact: 1, urgency: 1 };
  const made = await open(engine, processOf(engine, 'incident'), input, { actor: lea, now });
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value.record.number;
}

async function give(number: string, command: string, input: object): Promise<void> {
  const given = await commit(engine, number, command, { ...input }, { actor: lea, now });
  if (!given.ok) throw new Error(JSON.stringify(given.error));
}

/** What the message of an event of a record is made of. */
async function occasion(number: string, seq: number) {
  const policy = await engine.policies.active(database.pool);
  const asked = { key: `${number}/${seq}/0`, number, message: 'commented' };
  const config = { publicUrl: 'https://desk.example.org' };
  return occasionOf({ engine, config }, asked, policy, now);
}

test('a message has the words of the title and of the event that asked for it, and no others', async () => {
  const number = await opened('Web shop is down');
  await give(number, 'comment', { text: 'Who has changed it?' });
  await give(number, 'comment', { text: 'Nobody' });
  const { record, cause, texts } = await occasion(number, 2);
  expect([...texts.values()].sort()).toEqual(['Web shop is down', 'Who has changed it?']);
  expect(texts.get(String(record.fields['title']))).toBe('Web shop is down');
  expect(texts.get(String(cause?.data['text']))).toBe('Who has changed it?');
});

test('a message tells of the record as it is now, and of its event as it was', async () => {
  const number = await opened('Web shop is down');
  await give(number, 'comment', { text: 'Looking' });
  await give(number, 'acknowledge', {});
  const { record, cause } = await occasion(number, 2);
  expect(record.seq).toBe(3);
  expect(cause).toMatchObject({ seq: 2, type: 'commented', at: now });
  expect(cause?.actor).toEqual({ kind: 'person', id: 'lea' });
});

test('words that were erased leave their mark', async () => {
  const number = await opened('Web shop is down');
  await give(number, 'comment', { text: 'My password is 1234' });
  await give(number, 'redact', { seq: 2, reason: 'a password' });
  const { cause, texts } = await occasion(number, 2);
  expect(texts.get(String(cause?.data['text']))).toBe('[erased]');
});

test('the id of a text of another record opens nothing', async () => {
  const secret = await opened('The board is to be dismissed');
  const { record } = await occasion(secret, 1);
  const number = await opened('Web shop is down');
  await database.pool.query(
    `update records set fields = jsonb_set(fields, '{title}', to_jsonb($2::text)) where number = $1`,
    [number, record.fields['title']],
  );
  const { texts } = await occasion(number, 1);
  expect([...texts.values()]).toEqual([]);
});

test('a message of an event that is not there yet has no cause', async () => {
  const number = await opened('Web shop is down');
  expect((await occasion(number, 9)).cause).toBeUndefined();
});

test('a message of no record is a fault', async () => {
  await expect(occasion('INC-999', 1)).rejects.toThrow('INC-999/1/0 belongs to no record');
});
