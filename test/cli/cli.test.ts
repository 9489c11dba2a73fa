import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { incidentCommands, openFlags } from '../../cli/incidentCommands.ts';
import { publicCommands } from '../../api/commands.ts';
import { erase } from '../../domain/defineProcess.ts';
import { incident } from '../../processes/incident.ts';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { noOperations, provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
});
afterAll(() => api.stop());

const open = ['incident', 'open', '--title', 'Shop down', '--impact', '1', '--urgency', '1'];

async function openOne(): Promise<string> {
  const { out } = await provisor([...open, '--json'], env);
  return (JSON.parse(out) as { number: string }).number;
}

describe('incidents', () => {
  test('open writes the record to stdout, readable or as JSON', async () => {
    const people = await provisor(open, env);
    expect(people).toMatchObject({ code: 0, err: '' });
    expect(people.out).toMatch(/^INC-\d+ {2}new {2}Shop down\n/);
    expect(people.out).toMatch(/resolve +in 3 h 59 min +\d{4}-\d\d-\d\d \d\d:\d\d +4 h on always/);
    const json = await provisor([...open, '--json'], env);
    expect(JSON.parse(json.out)).toMatchObject({ title: 'Shop down', priority: 1, state: 'new' });
  });

  test('every command has its verb', async () => {
    const number = await openOne();
    const steps = [
      ['acknowledge'],
      ['assign', '--team', 'operations', '--assignee', 'ann'],
      ['start'],
      ['hold', '--reason', 'customer', '--comment', 'waits'],
      ['resume'],
      ['comment', '--text', 'almost', '--visibility', 'internal'],
      ['prioritise', '--impact', '2', '--urgency', '2', '--reason', 'less'],
      ['resolve', '--code', 'fix', '--notes', 'fixed'],
      ['reopen', '--reason', 'again'],
      ['resolve', '--code', 'fix', '--notes', 'fixed'],
      ['close'],
    ];
    for (const [verb, ...flags] of steps) {
      const { code, err } = await provisor(['incident', verb!, number, ...flags], env);
      expect([verb, code, err]).toEqual([verb, 0, '']);
    }
    const { out } = await provisor(['incident', 'show', number, '--json'], env);
    expect(JSON.parse(out)).toMatchObject({ state: 'closed', seq: steps.length + 1 });
    const timeline = await provisor(['incident', 'timeline', number], env);
    expect(timeline.out.split('\n').at(-2)).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d {2}Closed by admin$/,
    );
    expect((await provisor(['incident', 'explain', number], env)).out).toContain(
      'Priority 1: impact 1 × urgency 1',
    );
    expect((await provisor(['incident', 'commands', number], env)).out).toMatch(
      /^reopen +It is not restored/m,
    );
  });

  test('the flags are those of the API', () => {
    const ofMonitoring = ['raise', 'noteAlerts'];
    const all = publicCommands(erase(incident));
    const views = all.filter(({ name }) => !ofMonitoring.includes(name));
    expect(Object.keys(incidentCommands)).toEqual(views.map(({ name }) => name));
    for (const { name, input } of views) {
      const flags = incidentCommands[name]!.flags;
      expect([name, flags.map((flag) => flag.name)]).toEqual([
        name,
        Object.keys(input['properties'] as object),
      ]);
      const required = flags.filter((flag) => flag.required === true).map((flag) => flag.name);
      expect([name, required]).toEqual([name, input['required'] ?? []]);
    }
    const fields = Object.keys(incident.opening.input.shape);
    expect(openFlags.map(({ name }) => name).sort()).toEqual(fields.sort());
  });

  test('list shows a table, filters, and says how to go on', async () => {
    await openOne();
    await openOne();
    const list = await provisor(
      ['incident', 'list', '--state', 'new', '--open', '--limit', '1'],
      env,
    );
    const [head, row] = list.out.split('\n');
    expect(head).toMatch(/^NUMBER +PRIO +STATE +TITLE/);
    expect(row).toMatch(
      /^INC-\d+ +1 +new +Shop down +shop +operations +– +\d{4}.* respond in 14 min/,
    );
    const cursor = /--cursor (\S+)/.exec(list.err)![1]!;
    const next = await provisor(
      ['incident', 'list', '--state', 'new', '--open', '--limit', '1', '--cursor', cursor],
      env,
    );
    expect(next.out).not.toBe(list.out);
    const none = await provisor(['incident', 'list', '--team', 'empty'], env);
    expect(none).toEqual({
      code: 0,
      out: '',
      err: expect.stringContaining('Nothing matches') as string,
    });
  });

  test('control characters of others do not reach the terminal', async () => {
    const number = await api.open({ title: 'a\u001b]0;owned\u0007\u001b[31mb\u202e' });
    for (const verb of ['show', 'timeline']) {
      const { out } = await provisor(['incident', verb, number], env);
      // eslint-disable-next-line no-control-regex -- they are what we look for
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test('a missed deadline is red where colour is welcome', async () => {
    const number = await openOne();
    const late = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    try {
      const coloured = await provisor(['incident', 'show', number], late, { colour: true });
      expect(coloured.out).toContain('\u001b[31m45 min');
      const plain = await provisor(['incident', 'show', number], late);
      expect(plain.out).not.toContain('\u001b');
    } finally {
      jest.restoreAllMocks();
    }
  });
});

describe('exit codes', () => {
  test.each<[string, string[], number, RegExp]>([
    [
      'an unknown command suggests the one that was meant',
      ['incident', 'acknowlege', 'INC-1'],
      2,
      /Did you mean acknowledge\?/,
    ],
    ['so does an unknown noun', ['incidnet'], 2, /Did you mean incident\?/],
    ['a flag is missing', ['incident', 'resolve', 'INC-1', '--code', 'x'], 2, /--notes/],
    ['a flag is unknown', ['incident', 'list', '--stat', 'new'], 2, /Did you mean --state/],
    ['no number', ['incident', 'show'], 2, /missing required argument/],
    ['a record is not there', ['incident', 'show', 'INC-999999'], 3, /is not there/],
    ['a number that is none', ['incident', 'show', '../keys'], 3, /not there/],
    [
      'the input is not valid',
      ['incident', 'open', '--title', 'x', '--impact', 'high', '--urgency', '1'],
      1,
      /\/impact/,
    ],
    ['a filter is not valid', ['incident', 'list', '--state', 'old'], 1, /state: must be among/],
    ['the url is none', ['incident', 'list', '--url', 'ftp://x'], 2, /no http or https/],
    ['neither person nor integration', ['key', 'create'], 2, /--person or an --integration/],
  ])('%s', async (_what, args, expected, message) => {
    const { code, out, err } = await provisor(args, env);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(message);
  });

  test('not possible now is 5 and says what is', async () => {
    const number = await openOne();
    const { code, err } = await provisor(['incident', 'close', number], env);
    expect(code).toBe(5);
    expect(err).toContain('acknowledge');
    const stale = await provisor(['incident', 'acknowledge', number, '--if-match', '7'], env);
    expect(stale.code).toBe(5);
  });

  test('a key that was used for something else is 5', async () => {
    await provisor([...open, '--idempotency-key', 'cli-1'], env);
    const other = open.map((part) => (part === 'Shop down' ? 'Other' : part));
    expect((await provisor([...other, '--idempotency-key', 'cli-1'], env)).code).toBe(5);
  });

  test('no key, an unknown one and one that may not are 4', async () => {
    const none = await provisor(['incident', 'list'], { PROVISOR_URL: api.url });
    expect(none.code).toBe(4);
    expect(none.err).toContain('PROVISOR_KEY');
    const unknown = await provisor(['incident', 'list'], {
      ...env,
      PROVISOR_KEY: 'prv_unknownunknownunknown',
    });
    expect(unknown.code).toBe(4);
    const requester = await api.key('rita', ['requester']);
    expect((await provisor(['key', 'list'], { ...env, PROVISOR_KEY: requester })).code).toBe(4);
  });

  test('help is no error, and tells of the environment', async () => {
    const { code, out } = await provisor(['--help'], {});
    expect(code).toBe(0);
    expect(out).toContain('PROVISOR_KEY');
    expect(out).toContain('Exit codes');
    expect(await provisor(['--version'], {})).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });
});

describe('keys', () => {
  test('the secret alone is on stdout, and works from a file', async () => {
    const { code, out, err } = await provisor(
      ['key', 'create', '--person', 'ann', '--role', 'agent,resolver'],
      env,
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^prv_[\w-]{43}\n$/);
    expect(err).toContain('shown only now');
    const folder = mkdtempSync(join(tmpdir(), 'provisor-cli-'));
    try {
      const file = join(folder, 'key');
      writeFileSync(file, out);
      const fromFile = { PROVISOR_URL: api.url, PROVISOR_KEY_FILE: file };
      expect((await provisor(['incident', 'list'], fromFile)).code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('revoke asks where somebody can answer, unless told not to', async () => {
    const made = await provisor(['key', 'create', '--integration', 'x', '--json'], env);
    const { id } = JSON.parse(made.out) as { id: string };
    const no = await provisor(['key', 'revoke', id], env, {
      confirm: () => Promise.resolve(false),
    });
    expect(no).toMatchObject({ code: 1, err: 'Not revoked.\n' });
    const yes = await provisor(['key', 'revoke', id, '--no-input'], env, {
      confirm: () => Promise.reject(new Error('asked')),
    });
    expect(yes.code).toBe(0);
    expect((await provisor(['key', 'list'], env)).out).toMatch(new RegExp(`${id}.*revoked`));
  });
});

test('what the machine itself does is loaded when it is asked for', async () => {
  const migrate = () => Promise.resolve(['The tables are up to date']);
  const ran = await provisor(['migrate'], {}, {}, { ...noOperations, migrate });
  expect(ran).toEqual({ code: 0, out: 'The tables are up to date\n', err: '' });
  expect((await provisor(['start'], {})).code).toBe(1);
});
