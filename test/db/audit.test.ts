import { inSnapshot, readEventsAfter } from '../../db/auditRead.ts';
import { readEvents } from '../../db/events.ts';
import { inTransaction } from '../../db/pool.ts';
import { findRecord } from '../../db/records.ts';
import { dueAt } from '../../domain/due.ts';
import { fold } from '../../domain/evolve.ts';
import { MINUTE, toIso } from '../../domain/time.ts';
import { chainStart, eventHash } from '../../records/chain.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import { processOf } from '../../records/engine.ts';
import { verifyAll } from '../../records/verify.ts';
import {
  dropScenes,
  forger,
  lines,
  monday,
  newScene,
  signer,
  tamper,
  verify,
} from '../helpers/audit.ts';
import type { Scene } from '../helpers/audit.ts';

afterAll(dropScenes);

test('what nobody tampered with is clean, and every part of it was looked at', async () => {
  const made = await newScene();
  const report = await verify(made, made.kept);
  expect(lines(report)).toEqual([]);
  expect(report).toMatchObject({
    records: 3,
    events: 6,
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
    expect(report).toMatchObject({ records: 3, events: 6, texts: 5 });
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
       select number, 5, organisation, 'commented', at, recorded_at, actor_kind, actor_id, version, policy, data, reasons, '{}', 'x', hash, sha256('x')
       from events where number = '${made.first}' and seq = 4`,
    );
    expect(lines(await verify(made))).toEqual([
      `${made.first} 5: was changed: its content does not fit its hash`,
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
        `update records set seq = $2, state = $3, state_since = $4, time_in = $5, last_at = $6, due_at = $7, fields = $8, clocks = $9, chain = $10, policy = $11
         where number = $1`,
        [
          ...[number, back.seq, back.state, toIso(back.stateSince), back.timeIn],
          ...[toIso(back.lastAt), due === null ? null : toIso(due), back.fields, back.clocks],
          ...[events.at(-1)?.hash, back.policy],
        ],
      );
    });
  }

  test('a cut tail with the row set back is found by the checkpoint that saw it', async () => {
    await cutTail(made.first);
    expect(lines(await verify(made))).toEqual([
      `${made.first} 4: is not there any more: checkpoint 2 saw it`,
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
