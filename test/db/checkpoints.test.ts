import { settledPosition } from '../../db/checkpoints.ts';
import { inTransaction } from '../../db/pool.ts';
import { MINUTE } from '../../domain/time.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import type { Checkpoint } from '../../records/checkpoints.ts';
import {
  dropScenes,
  forger,
  give,
  lines,
  monday,
  newScene,
  signer,
  verify,
} from '../helpers/audit.ts';
import { createTestDatabase } from '../helpers/database.ts';

afterAll(dropScenes);

/** Writes an event, which is of no record. */
const anEvent = `insert into events (number, seq, organisation, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash)
  values ('INC-99', 1, 'main', 'opened', now(), now(), 'person', 'ann', 1, 'none', '{}', '[]', '{}', 'x', '', '')`;

test('nothing new, no checkpoint', async () => {
  const { database } = await newScene();
  expect(await takeCheckpoints(database.pool, signer, () => monday)).toEqual([]);
});

test('several at once take one', async () => {
  const made = await newScene();
  await give(made.engine, made.second, 'acknowledge', {});
  const taken = await Promise.all(
    [1, 2, 3].map(() => takeCheckpoints(made.database.pool, signer, () => monday)),
  );
  expect(taken.flat().map(({ content }) => content.checkpoint)).toEqual([3]);
  expect(lines(await verify(made))).toEqual([]);
});

test('an event of a transaction that began before and ended after is covered by the next one', async () => {
  const made = await newScene();
  const { database, engine, second } = made;
  const client = await database.pool.connect();
  let taken: Promise<Checkpoint[]>;
  try {
    await client.query('begin');
    await client.query(anEvent);
    await give(engine, second, 'acknowledge', {});
    taken = takeCheckpoints(database.pool, signer, () => monday);
    const early = await Promise.race([
      taken.then(() => 'taken'),
      new Promise((resolve) => setTimeout(resolve, 200, 'waits')),
    ]);
    expect(early).toBe('waits');
  } finally {
    await client.query('commit');
    client.release();
  }
  expect((await taken).map(({ content }) => content.events)).toEqual([2]);
});

test('what is open in another database of the same server holds up no checkpoint', async () => {
  const made = await newScene();
  const other = await createTestDatabase(1);
  try {
    const inTheOther = inTransaction(other.pool, async (tx) => {
      await tx.query(anEvent);
      await give(made.engine, made.second, 'acknowledge', {});
      return settledPosition(made.database.pool, 0);
    });
    expect(await inTheOther).toBeGreaterThan(0);
  } finally {
    await other.drop();
  }
});

test('nor does a transaction of the same database that writes no event', async () => {
  const { database } = await newScene();
  const settled = inTransaction(database.pool, async (tx) => {
    await tx.query(
      "insert into wakes (number, seq, priority, since) values ('INC-9', 1, 1, now())",
    );
    return settledPosition(database.pool, 0);
  });
  expect(await settled).toBeGreaterThan(0);
});

test('a writer that does not end is told, and what it holds up is made good for later', async () => {
  const { database, engine, second } = await newScene();
  await inTransaction(database.pool, async (tx) => {
    await tx.query(anEvent);
    await expect(settledPosition(database.pool, 0)).rejects.toThrow('open for too long');
  });
  await give(engine, second, 'acknowledge', {});
  const taken = await takeCheckpoints(database.pool, signer, () => monday);
  expect(taken.map(({ content }) => content.events)).toEqual([2]);
});

test('a new key goes on where the old one ended', async () => {
  const made = await newScene();
  await give(made.engine, made.second, 'acknowledge', {});
  await takeCheckpoints(made.database.pool, forger, () => monday + 5 * MINUTE);
  expect(lines(await verify(made, made.kept, [forger]))).toEqual([]);
  expect(lines(await verify(made, made.kept, [signer]))).toHaveLength(1);
});
