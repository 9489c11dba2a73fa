import { MINUTE } from '../../domain/time.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import {
  dropScenes,
  give,
  lines,
  monday,
  newScene,
  signer,
  tamper,
  verify,
} from '../helpers/audit.ts';

afterAll(dropScenes);

test('what was redacted is gone from the database, and everything verifies', async () => {
  const made = await newScene();
  const { engine, first } = made;
  await give(engine, first, 'redact', { seq: 3, reason: 'It held a password' });
  await give(engine, first, 'redact', { field: 'title', reason: 'It named a customer' });
  const { rows } = await made.database.pool.query<{ body: string | null }>(
    'select body from texts where number = $1 order by body nulls last',
    [first],
  );
  expect(rows.map(({ body }) => body)).toEqual([
    'It held a password',
    'It named a customer',
    'Restarted',
    null,
    null,
  ]);
  await give(engine, first, 'redact', { all: true, reason: 'The customer asked for it' });
  await takeCheckpoints(made.database.pool, signer, () => monday + 5 * MINUTE);
  expect(lines(await verify(made, made.kept))).toEqual([]);
});

test('the database refuses every other change of a text', async () => {
  const { database } = await newScene();
  for (const statement of [
    `update texts set body = 'other'`,
    `update texts set number = 'INC-99'`,
    `update texts set id = id || 'x', body = null, salt = null`,
    'delete from texts',
    'truncate texts',
  ]) {
    await expect(database.pool.query(statement)).rejects.toThrow('refused');
  }
  await database.pool.query('update texts set body = null, salt = null');
  await expect(database.pool.query(`update texts set body = 'back', salt = 'x'`)).rejects.toThrow(
    'refused',
  );
});

test('an erased text that somebody brings back is found', async () => {
  const made = await newScene();
  const { rows } = await made.database.pool.query<{ id: string; salt: Buffer }>(
    `select id, salt from texts where body like '%hunter2'`,
  );
  await give(made.engine, made.first, 'redact', { seq: 3, reason: 'It held a password' });
  const [text] = rows;
  if (text === undefined) throw new Error('no text');
  await tamper(
    made,
    `update texts set body = 'The password is hunter2', salt = '\\x${text.salt.toString('hex')}' where id = '${text.id}'`,
  );
  expect(lines(await verify(made))).toEqual([
    `${made.first} 3: a text of it was redacted and is there again`,
  ]);
});
