import { inSnapshot, readEventsAfter } from '../../db/auditRead.ts';
import { readEvents } from '../../db/events.ts';
import { inTransaction } from '../../db/pool.ts';
import { findRecord } from '../../db/records.ts';
import type { Actor, Role } from '../../domain/actor.ts';
import { dueAt } from '../../domain/due.ts';
import { fold } from '../../domain/evolve.ts';
import type { RecordState } from '../../domain/process.ts';
import { fromIso, MINUTE, toIso } from '../../domain/time.ts';
import { chainStart, eventHash } from '../../records/chain.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import type { Checkpoint } from '../../records/checkpoints.ts';
import { commit, open } from '../../records/commit.ts';
import type { Committed } from '../../records/request.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import { createKey, endKey } from '../../records/keys.ts';
import { createSigner } from '../../records/signer.ts';
import type { PublicKey } from '../../records/signer.ts';
import { verifyAll } from '../../records/verify.ts';
import type { VerifyReport } from '../../records/verify.ts';
import type { Result } from '../../domain/errors.ts';
import { createTestDatabase, testEngine, usePolicy } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const monday = fromIso('2026-11-23T09:00:00Z');
const person = (id: string, ...roles: Role[]): Actor => ({
  kind: 'person',
  id,
  roles,
  organisation: 'main',
});
const lea = person('lea', 'manager');
const admin = person('admin', 'admin');
const signer = createSigner('a secret of the auditors, long enough');
const forger = createSigner('a secret of somebody else, long enough');

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function openIncident(engine: Engine, title = 'Shop is down'): Promise<RecordState> {
  const request = { actor: lea, now: monday };
  const input = { title, impact: 1, urgency: 1 };
  return accepted<Committed>(await open(engine, processOf(engine, 'incident'), input, request))
    .record;
}

async function give(engine: Engine, number: string, command: string, input: object) {
  const request = { actor: lea, now: monday + MINUTE };
  return accepted(await commit(engine, number, command, input, request)).record;
}

/** Three incidents with a history, a key and a policy; two checkpoints; and what tampering does to them. */
interface Scene {
  readonly database: TestDatabase;
  readonly engine: Engine;
  readonly first: string;
  readonly second: string;
  readonly third: string;
  readonly kept: Checkpoint[];
  readonly keyId: string;
}

async function scene(): Promise<Scene> {
  const database = await createTestDatabase(4);
  const engine = testEngine(database.pool);
  const first = (await openIncident(engine)).number;
  await give(engine, first, 'acknowledge', {});
  await give(engine, first, 'comment', { text: 'The password is hunter2', visibility: 'internal' });
  const request = { holder: { person: 'ann' }, roles: ['resolver' as const] };
  const { key } = accepted(await createKey(engine, request, admin));
  await usePolicy(database.pool, (policy) => ({ ...policy, defaultService: 'wiki' }));
  const second = (await openIncident(engine, 'Wiki is slow')).number;
  const kept = await takeCheckpoints(database.pool, signer, () => monday + 2 * MINUTE);
  await give(engine, first, 'resolve', { code: 'fixed', notes: 'Restarted' });
  const third = (await openIncident(engine, 'Shop is down again')).number;
  kept.push(...(await takeCheckpoints(database.pool, signer, () => monday + 3 * MINUTE)));
  return { database, engine, first, second, third, kept, keyId: key.id };
}

function verify(
  { database }: Pick<Scene, 'database'>,
  kept: readonly Checkpoint[] = [],
  trusted: readonly PublicKey[] = [signer],
): Promise<VerifyReport> {
  return inSnapshot(database.url, (db) => verifyAll(db, { trusted, kept }));
}

/** Statements of somebody who owns the database: no trigger stands in the way. */
async function tamper({ database }: Scene, ...statements: string[]): Promise<void> {
  await inTransaction(database.pool, async (tx) => {
    await tx.query('set local session_replication_role = replica');
    for (const statement of statements) await tx.query(statement);
  });
}

const scenes: Scene[] = [];
afterAll(() => Promise.all(scenes.map(({ database }) => database.drop())));

async function newScene(): Promise<Scene> {
  const made = await scene();
  scenes.push(made);
  return made;
}

function lines({ faults }: VerifyReport): string[] {
  return faults.map(({ of, seq, what }) => `${of}${seq === undefined ? '' : ` ${seq}`}: ${what}`);
}

test('what nobody tampered with is clean, and every part of it was looked at', async () => {
  const made = await newScene();
  const report = await verify(made, made.kept);
  expect(lines(report)).toEqual([]);
  expect(report).toMatchObject({
    records: 3,
    events: 7,
    texts: 5,
    checkpoints: { count: 2, trusted: true, compared: 2 },
  });
  expect(report.auditEntries).toBeGreaterThanOrEqual(4);
});

test.each([1, 2, 3])(
  'a record is seen whole when it is read %d events at a time',
  async (pageSize) => {
    const made = await newScene();
    const report = await inSnapshot(made.database.url, (db) =>
      verifyAll(db, { trusted: [signer], kept: [], pageSize }),
    );
    expect(lines(report)).toEqual([]);
    expect(report).toMatchObject({ records: 3, events: 7, texts: 5 });
  },
);

describe('a tampered database', () => {
  let made: Scene;
  beforeEach(async () => {
    made = await newScene();
  });

  test('an edited event is named', async () => {
    await tamper(
      made,
      `update events set actor_id = 'bob' where number = '${made.first}' and seq = 2`,
    );
    expect(lines(await verify(made))).toEqual([
      `${made.first} 2: was changed: its content does not fit its hash`,
    ]);
  });

  test('an event that was deleted in the middle is missing', async () => {
    await tamper(made, `delete from events where number = '${made.first}' and seq = 2`);
    expect(lines(await verify(made))).toContain(`${made.first} 3: event 2 is missing before it`);
  });

  test('two events that changed places are named', async () => {
    const where = `where number = '${made.first}' and seq`;
    await tamper(
      made,
      `update events set seq = 99 ${where} = 2`,
      `update events set seq = 2 ${where} = 3`,
      `update events set seq = 3 ${where} = 99`,
    );
    const found = lines(await verify(made));
    expect(found).toContain(
      `${made.first} 2: is not chained to the event before it: one of them was exchanged or moved`,
    );
    expect(found).toContain(`${made.first} 3: was changed: its content does not fit its hash`);
  });

  test('an inserted event fits nowhere', async () => {
    await tamper(
      made,
      `insert into events (number, seq, organisation, type, at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, change, command_id, previous, hash)
       select number, 6, organisation, 'commented', at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, '{}', 'x', hash, sha256('x')
       from events where number = '${made.first}' and seq = 5`,
    );
    expect(lines(await verify(made))).toEqual([
      `${made.first} 6: was changed: its content does not fit its hash`,
      `${made.first}: the row is not what its events make: seq, chain`,
    ]);
  });

  test.each([
    ['state', `state = 'cancelled'`],
    ['fields', `fields = fields || '{"priority": 4}'`],
    ['openedAt', `opened_at = opened_at - interval '1 hour'`],
    ['clocks', `clocks = '{}'`],
    ['organisation', `organisation = 'other'`],
    ['process', `process = 'change'`],
    ['chain', 'chain = sha256($$x$$)'],
    ['dueAt', 'due_at = null'],
    ['final', 'final = true'],
  ])('a row whose %s is not what its events make is named', async (part, set) => {
    await tamper(made, `update records set ${set} where number = '${made.second}'`);
    expect(lines(await verify(made))).toContainEqual(
      expect.stringMatching(
        new RegExp(`^${made.second}: the row is not what its events make: (.*, )?${part}(,|$)`),
      ),
    );
  });

  test('a changed text is found by its id', async () => {
    await tamper(made, `update texts set body = 'All well' where body = 'Wiki is slow'`);
    expect(lines(await verify(made))).toEqual([`${made.second} 1: a text of it was changed`]);
  });

  test('a text that is gone without a redaction is found', async () => {
    await tamper(made, `update texts set body = null, salt = null where body = 'Wiki is slow'`);
    expect(lines(await verify(made))).toEqual([
      `${made.second} 1: a text of it was erased without a redaction`,
    ]);
    await tamper(made, `delete from texts where number = '${made.second}'`);
    expect(lines(await verify(made))).toEqual([`${made.second} 1: a text of it is not there`]);
  });

  /** What a careful forger does: the last event goes, with all that leans on it, and the row is set back to what the others make. */
  async function cutTail(number: string): Promise<void> {
    const { database, engine } = made;
    const all = await readEvents(database.pool, number);
    const events = all.slice(0, -1);
    const row = await findRecord(database.pool, number);
    const back = row && fold(row, events);
    if (back === undefined) throw new Error('nothing is left');
    const due = dueAt(processOf(engine, 'incident'), back);
    await inTransaction(database.pool, async (tx) => {
      await tx.query('set local session_replication_role = replica');
      for (const statement of [
        'delete from events where number = $1 and seq = $2',
        'delete from commands where number = $1 and seq = $2',
        `delete from effects where number = $1 and split_part(key, '/', 2)::integer = $2`,
      ]) {
        await tx.query(statement, [number, all.length]);
      }
      await tx.query(`delete from texts where number = $1 and body = 'Restarted'`, [number]);
      await tx.query(
        `update records set seq = $2, state = $3, state_since = $4, time_in = $5, last_at = $6, due_at = $7, fields = $8, clocks = $9, chain = $10
         where number = $1`,
        [
          ...[number, back.seq, back.state, toIso(back.stateSince), back.timeIn],
          ...[toIso(back.lastAt), due === null ? null : toIso(due), back.fields, back.clocks],
          events.at(-1)?.hash,
        ],
      );
    });
  }

  test('a cut tail with the row set back is found by the checkpoint that saw it', async () => {
    await cutTail(made.first);
    expect(lines(await verify(made))).toEqual([
      `${made.first} 5: is not there any more: checkpoint 2 saw it`,
    ]);
  });

  test('a record that was deleted whole is found by the checkpoint that saw it', async () => {
    await tamper(
      made,
      ...['events', 'records', 'texts', 'effects', 'commands', 'wakes'].map(
        (table) => `delete from ${table} where number = '${made.third}'`,
      ),
    );
    expect(lines(await verify(made))).toEqual([
      `${made.third} 1: is not there any more: checkpoint 2 saw it`,
    ]);
  });

  test('a chain that was made anew from the first event is found by the checkpoint', async () => {
    const { second: number } = made;
    const [event] = await readEventsAfter(made.database.pool, { number, seq: 0 }, 1);
    if (event === undefined) throw new Error('no event');
    const forged = { ...event, actor: { kind: 'person' as const, id: 'bob' } };
    const { organisation, recordedAt, commandId } = event;
    const context = { number, organisation, recordedAt, commandId };
    const hash = eventHash(chainStart, forged, context).toString('hex');
    await tamper(
      made,
      `update events set actor_id = 'bob', hash = '\\x${hash}' where number = '${number}'`,
      `update records set chain = '\\x${hash}' where number = '${number}'`,
    );
    expect(lines(await verify(made))).toEqual([
      `${number} 1: is not the event that checkpoint 1 saw`,
    ]);
  });

  test('when the newest checkpoint goes with what it saw, only a kept copy tells', async () => {
    const tables = ['events', 'records', 'texts', 'effects', 'commands', 'wakes'];
    await tamper(
      made,
      ...tables.map((table) => `delete from ${table} where number = '${made.third}'`),
      'delete from audit_heads where checkpoint = 2',
      'delete from audit_checkpoints where id = 2',
    );
    expect(lines(await verify(made))).toEqual([]);
    expect(lines(await verify(made, made.kept))).toEqual([
      expect.stringMatching(/^checkpoint 2: was kept on .* and is not there any more/),
    ]);
  });

  test('a checkpoint whose list of records was changed does not fit its digest', async () => {
    await tamper(made, `delete from audit_heads where number = '${made.third}'`);
    expect(lines(await verify(made))).toEqual([
      'checkpoint 2: what it saw of the records was changed: the list does not fit its digest',
    ]);
  });

  test('a checkpoint that was edited is not signed', async () => {
    await tamper(
      made,
      `update audit_checkpoints set content = replace(content, '"events":', '"events":1') where id = 1`,
    );
    const found = lines(await verify(made));
    expect(found).toContain('checkpoint 1: its signature is not that of a known key');
    expect(found).toContain('checkpoint 2: is not chained to the checkpoint before it');
  });

  test('checkpoints that somebody signed with a key of their own are found out', async () => {
    await tamper(made, 'delete from audit_heads', 'delete from audit_checkpoints');
    await takeCheckpoints(made.database.pool, forger, () => monday + 4 * MINUTE);
    expect(lines(await verify(made, made.kept))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^checkpoint 1: it is signed by the key .*none of those that you/),
        'checkpoint 1: is not the one that was kept: it was exchanged',
      ]),
    );
  });

  test('a kept copy that nobody signed proves nothing', async () => {
    const copy = made.kept.map(({ content, signature }) => ({
      content: { ...content, events: 99 },
      signature,
    }));
    expect(lines(await verify(made, copy))).toContain(
      'checkpoint 1: the kept copy is not signed by a known key: it proves nothing',
    );
  });

  test('a changed, deleted or exchanged entry of the audit log is found', async () => {
    await tamper(made, `update audit_log set actor = 'person:bob' where seq = 2`);
    expect(lines(await verify(made))).toEqual([
      'audit log 2: was changed: its content does not fit its hash',
    ]);
    await tamper(made, 'delete from audit_log where seq = 2');
    expect(lines(await verify(made))).toContain('audit log 3: the entries before it are missing');
  });

  test('the cut tail of the audit log is found by the checkpoint that saw it', async () => {
    await tamper(made, 'delete from audit_log where seq = (select max(seq) from audit_log)');
    expect(lines(await verify(made)).join('\n')).toMatch(
      /checkpoint \d: it saw entry \d+ of the audit log, which is not there any more/,
    );
  });

  test.each([
    [`update api_keys set roles = '{admin}'`, /^key key_\w+: it is not as .*: roles$/m],
    [`update api_keys set hash = sha256('mine')`, /^key key_\w+: it is not as .*: fingerprint$/m],
    [`delete from api_keys`, /^key key_\w+: it is not there any more$/m],
    [
      `insert into api_keys values ('key_x', sha256('x'), 'person', 'eve', '{admin}', 'main', now(), 'eve')`,
      /^key key_x: the audit log does not know it/m,
    ],
    [
      `update policies set body = jsonb_set(body, '{defaultService}', '"shop"') where body ->> 'defaultService' = 'wiki'`,
      /^policy \w+: was changed: its content does not fit its hash$/m,
    ],
    [
      `insert into policy_activations (hash, activated_at, activated_by) select hash, now(), 'eve' from policies limit 1`,
      /^policies: activation \d+ is of the policy \w+; by the audit log it is of none$/m,
    ],
    [
      `delete from policy_activations where id = (select max(id) from policy_activations)`,
      /^policies: activation/m,
    ],
  ])('found: %s', async (statement, expected) => {
    await tamper(made, statement);
    expect(lines(await verify(made)).join('\n')).toMatch(expected);
  });
});

describe('redaction', () => {
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
});

describe('the audit log', () => {
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
});

describe('checkpoints', () => {
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
});
