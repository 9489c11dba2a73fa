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

afterAll(dropScenes);

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
    await client.query('select next_event_position()');
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
  expect((await taken).map(({ content }) => content.events)).toEqual([1]);
});

test('a new key goes on where the old one ended', async () => {
  const made = await newScene();
  await give(made.engine, made.second, 'acknowledge', {});
  await takeCheckpoints(made.database.pool, forger, () => monday + 5 * MINUTE);
  expect(lines(await verify(made, made.kept, [forger]))).toEqual([]);
  expect(lines(await verify(made, made.kept, [signer]))).toHaveLength(1);
});
