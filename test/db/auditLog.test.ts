import { createKey, endKey } from '../../records/keys.ts';
import { accepted, admin, dropScenes, give, lines, newScene, verify } from '../helpers/audit.ts';

afterAll(dropScenes);

test.each(['audit_log', 'audit_checkpoints', 'audit_heads'])(
  'the database refuses to change %s',
  async (table) => {
    const { database } = await newScene();
    const column = { audit_log: 'seq', audit_checkpoints: 'id' }[table] ?? 'checkpoint';
    for (const statement of [
      `update ${table} set ${column} = ${column}`,
      `delete from ${table}`,
      `truncate ${table}`,
    ]) {
      await expect(database.pool.query(statement)).rejects.toThrow('append-only');
    }
  },
);

test('keys, policies and redactions are in it, in order, and no secret and no text is', async () => {
  const made = await newScene();
  const { engine, first, keyId } = made;
  const other = { holder: { integration: 'prometheus' }, roles: [] };
  const { key, secret } = accepted(await createKey(engine, other, admin));
  accepted(await endKey(engine, key.id, admin));
  await give(engine, first, 'redact', { seq: 3, reason: 'It held a password' });
  const { rows } = await made.database.pool.query<{ kind: string; data: object }>(
    'select kind, data from audit_log order by seq',
  );
  expect(rows.map(({ kind }) => kind)).toEqual([
    'logBegun',
    'policyActivated',
    'keyCreated',
    'policyActivated',
    'checkpointKey',
    'keyCreated',
    'keyRevoked',
    'textsErased',
  ]);
  const text = JSON.stringify(rows);
  expect(text).toContain(keyId);
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/hunter2|held a password/);
  expect(lines(await verify(made))).toEqual([]);
});

test('changes at the same time are one chain', async () => {
  const made = await newScene();
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  await Promise.all(
    names.map((integration) =>
      createKey(made.engine, { holder: { integration }, roles: [] }, admin),
    ),
  );
  expect(lines(await verify(made))).toEqual([]);
});
