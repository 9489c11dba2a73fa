import { inTransaction } from '../../db/pool.ts';
import type { Result } from '../../domain/errors.ts';
import { person } from '../../domain/simulation.ts';
import { commit, commitIn, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import type { Engine } from '../../records/engine.ts';
import type { Committed } from '../../records/request.ts';
import { createTestDatabase, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { until } from '../helpers/system.ts';

const request = { actor: person('ann', 'resolver'), now: Date.parse('2026-11-23T09:00:00Z') };

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = testEngine(database.pool);
});
afterAll(() => database.drop());

async function opened(): Promise<string> {
  const input = { title: 'Slow search', impact: 2, urgency: 2 };
  const result = await open(engine, processOf(engine, 'incident'), input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

function link(from: string, to: string): Promise<Result<Committed>> {
  return commit(engine, from, 'link', { relation: 'parent', number: to }, request);
}

async function someoneWaits(): Promise<boolean> {
  const { rows } = await database.pool.query(
    "select from pg_locks where locktype = 'advisory' and not granted",
  );
  return rows.length > 0;
}

test('two links at once do not close a circle of parents, however long it is', async () => {
  const [a, b, c, d] = [await opened(), await opened(), await opened(), await opened()];
  expect(await link(b, c)).toMatchObject({ ok: true });
  expect(await link(d, a)).toMatchObject({ ok: true });
  let second: Promise<Result<Committed>> | undefined;
  await inTransaction(database.pool, async (tx) => {
    const input = { relation: 'parent', number: b };
    expect(await commitIn(engine, tx, a, 'link', input, request)).toMatchObject({ ok: true });
    let over = false;
    second = link(c, d).finally(() => (over = true));
    await until('the second link to wait or be over', async () => over || (await someoneWaits()));
  });
  expect(await second).toMatchObject({
    ok: false,
    error: { issues: [{ detail: expect.stringContaining('a circle') as string }] },
  });
});
