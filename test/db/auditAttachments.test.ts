import { attach } from '../../records/attachments.ts';
import {
  accepted,
  dropScenes,
  give,
  lea,
  lines,
  monday,
  newScene,
  tamper,
  verify,
} from '../helpers/audit.ts';
import type { Scene } from '../helpers/audit.ts';

afterAll(dropScenes);

let made: Scene;
let number: string;
/** The events that added the plan and the log. */
let plan: number;
let log: number;
beforeEach(async () => {
  made = await newScene();
  number = made.first;
  plan = await add('plan.pdf', 'The plan');
  log = await add('shop.log', 'GET /cart 500');
});

async function add(name: string, content: string): Promise<number> {
  const file = {
    name,
    mediaType: 'text/plain',
    visibility: 'internal',
    content: Buffer.from(content),
  };
  return accepted(await attach(made.engine, number, file, { actor: lea, now: monday })).seq;
}

function of(seq: number): string {
  return `where number = '${number}' and seq = ${seq}`;
}

test('files that nobody touched are clean, and each was looked at', async () => {
  const report = await verify(made);
  expect(lines(report)).toEqual([]);
  expect(report.files).toBe(2);
});

test('an edited file is named by the event that added it', async () => {
  await tamper(made, `update attachments set content = 'Another plan' ${of(plan)}`);
  expect(lines(await verify(made))).toEqual([
    `${number} ${plan}: the bytes of its file are not those that it added`,
  ]);
});

test('a file with a byte more is not the file', async () => {
  await tamper(made, `update attachments set content = content || '\\x00' ${of(log)}`);
  expect(lines(await verify(made))).toEqual([
    `${number} ${log}: the bytes of its file are not those that it added`,
  ]);
});

test('two files that changed places are both named', async () => {
  await tamper(
    made,
    `update attachments set seq = 99 ${of(plan)}`,
    `update attachments set seq = ${plan} ${of(log)}`,
    `update attachments set seq = ${log} ${of(99)}`,
  );
  expect(lines(await verify(made))).toEqual([
    `${number} ${plan}: the bytes of its file are not those that it added`,
    `${number} ${log}: the bytes of its file are not those that it added`,
  ]);
});

test('a missing file is named', async () => {
  await tamper(made, `delete from attachments ${of(plan)}`);
  expect(lines(await verify(made))).toEqual([`${number} ${plan}: its file is not there`]);
});

test('a file whose bytes are gone without a redaction is named', async () => {
  await tamper(made, `update attachments set content = null, erased_at = now() ${of(plan)}`);
  expect(lines(await verify(made))).toEqual([
    `${number} ${plan}: its file was erased without a redaction`,
  ]);
});

test('a file of another organisation is named', async () => {
  await tamper(made, `update attachments set organisation = 'other' ${of(plan)}`);
  expect(lines(await verify(made))).toEqual([
    `${number} ${plan}: its file is of another organisation`,
  ]);
});

test('a file that no event added is named', async () => {
  await tamper(made, `insert into attachments values ('${number}', 1, 'main', 'x')`);
  expect(lines(await verify(made))).toEqual([
    `${number} 1: there is a file that this event did not add`,
  ]);
});

test('a file of a record that is not there is found', async () => {
  await tamper(made, `insert into attachments values ('INC-99', 1, 'main', 'x')`);
  expect(lines(await verify(made))).toEqual([
    'INC-99: a file belongs to event 1 of a record without events',
  ]);
});

test('whoever changes the digest with the file changes a text that the event names', async () => {
  await tamper(
    made,
    `update attachments set content = 'Another plan' ${of(plan)}`,
    `update texts set body = encode(sha256('Another plan'), 'hex') where id = (select data ->> 'sha256' from events ${of(plan)})`,
  );
  expect(lines(await verify(made))).toEqual([`${number} ${plan}: a text of it was changed`]);
});

describe('a redacted file', () => {
  beforeEach(async () => {
    await give(made.engine, number, 'redact', { seq: plan, reason: 'It named a customer' });
  });

  test('is gone, and everything verifies', async () => {
    const report = await verify(made);
    expect(lines(report)).toEqual([]);
    const { rows } = await made.database.pool.query(`select content from attachments ${of(plan)}`);
    expect(rows).toEqual([{ content: null }]);
  });

  test('that somebody brings back is found', async () => {
    await tamper(made, `update attachments set content = 'The plan', erased_at = null ${of(plan)}`);
    expect(lines(await verify(made))).toEqual([
      `${number} ${plan}: its file was redacted and is there again`,
    ]);
  });
});
