import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { PolicyInput } from '../../domain/policy.ts';
import { usePolicy } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
  folder = mkdtempSync(join(tmpdir(), 'provisor-policy-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.stop();
});

let files = 0;
function file(text: string): string {
  const path = join(folder, `policy-${(files += 1)}.yaml`);
  writeFileSync(path, text);
  return path;
}

function within(hours: string): PolicyInput {
  const copy = structuredClone(testPolicy) as PolicyInput;
  const level = copy.serviceLevels['standard'];
  if (level?.resolve) level.resolve['1'] = { within: hours, calendar: 'always' };
  return copy;
}

async function inForce(): Promise<string> {
  return String((await api.call('GET', '/api/v1/policy')).body['hash']);
}

test('check writes what would change to stdout, for people or as JSON, and changes nothing', async () => {
  const number = await api.open();
  const before = await inForce();
  const path = file(stringify(within('2h')));
  const people = await provisor(['policy', 'check', path], env);
  expect(people).toMatchObject({ code: 0, err: '' });
  expect(people.out).toContain('changed  /serviceLevels/standard/resolve/1/within: 4h → 2h\n');
  expect(people.out).toContain('1 resolve deadlines earlier by serviceLevels.standard.resolve.1\n');
  expect(people.out).toMatch(new RegExp(`  ${number}  resolve [-0-9: ]+ → [-0-9: ]+\n`));
  const json = await provisor(['--json', 'policy', 'check', path], env);
  expect(JSON.parse(json.out)).toMatchObject({ inForce: before, changed: true });
  expect(await inForce()).toBe(before);
});

test('a fault is told with the line of the file, and nothing is applied', async () => {
  const text = stringify({ ...testPolicy, defaultService: 'nothing' });
  const line = text.split('\n').findIndex((each) => each.startsWith('defaultService')) + 1;
  const before = await inForce();
  for (const verb of ['check', 'apply']) {
    const ran = await provisor(['policy', verb, file(text)], env);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain(`  line ${line}, /defaultService: "nothing" is not in services`);
  }
  expect(await inForce()).toBe(before);
});

test('a fault in JSON is told with its line too', async () => {
  const text = JSON.stringify({ ...testPolicy, colour: 'blue' }, undefined, 1);
  const line = text.split('\n').findIndex((each) => each.includes('colour')) + 1;
  const { err } = await provisor(['policy', 'check', file(text)], env);
  expect(err).toContain(`  line ${line}, /colour: is not a known field\n`);
});

describe('apply', () => {
  test('shows what would change first, asks, and does what the answer says', async () => {
    const before = await inForce();
    const path = file(stringify(within('3h')));
    const asked: string[] = [];
    const answer = (yes: boolean) => ({
      confirm: (question: string) => {
        asked.push(question);
        return Promise.resolve(yes);
      },
    });
    const no = await provisor(['policy', 'apply', path], env, answer(false));
    expect(no).toMatchObject({ code: 1, out: '' });
    expect(no.err).toContain('4h → 3h');
    expect(await inForce()).toBe(before);
    const yes = await provisor(['policy', 'apply', path], env, answer(true));
    expect(yes).toMatchObject({ code: 0, out: `${await inForce()}\n` });
    expect(await inForce()).not.toBe(before);
    expect(asked).toEqual(['Apply it?', 'Apply it?']);
  });

  test('where nobody can be asked it takes --yes', async () => {
    const before = await inForce();
    const path = file(stringify(within('5h')));
    const ask = { confirm: () => Promise.resolve(true) };
    expect((await provisor(['--no-input', 'policy', 'apply', path], env, ask)).code).toBe(2);
    expect((await provisor(['policy', 'apply', path], env)).code).toBe(2);
    expect(await inForce()).toBe(before);
    expect((await provisor(['--no-input', 'policy', 'apply', path, '--yes'], env)).code).toBe(0);
    expect(await inForce()).not.toBe(before);
  });

  test('one that is in force already is said to be, without a question', async () => {
    const path = file(stringify(within('6h')));
    await provisor(['policy', 'apply', path, '--yes'], env);
    const again = await provisor(['policy', 'apply', path], env);
    expect(again.code).toBe(0);
    expect(again.err).toContain('is in force already');
  });

  test('a policy that another came before is not applied', async () => {
    const path = file(stringify(within('7h')));
    const confirm = async (): Promise<boolean> => {
      await usePolicy(api.pool, () => within('8h'));
      return true;
    };
    const ran = await provisor(['policy', 'apply', path], env, { confirm });
    expect(ran).toMatchObject({ code: 5, out: '' });
    const shown = await provisor(['policy', 'show'], env);
    expect((parse(shown.out) as PolicyInput).serviceLevels['standard']?.resolve).toMatchObject({
      1: { within: '8h' },
    });
  });
});

test('what show writes can be applied again', async () => {
  await provisor(['policy', 'apply', file(stringify(within('9h'))), '--yes'], env);
  const shown = await provisor(['policy', 'show'], env);
  expect(shown.err).toMatch(/in force, stored .* by admin/);
  const again = await provisor(['policy', 'apply', file(shown.out), '--yes'], env);
  expect(again.err).toContain('is in force already');
  const named = await provisor(['policy', 'show', await inForce()], env);
  expect(named.out).toBe(shown.out);
  expect((await provisor(['policy', 'show', '0'.repeat(32)], env)).code).toBe(3);
});

test('who may not see addresses is told so, and the file that shows none cannot be applied', async () => {
  const manager = { ...env, PROVISOR_KEY: await api.key('lea', ['manager']) };
  const shown = await provisor(['policy', 'show'], manager);
  expect(shown.out).not.toContain('@example');
  expect(shown.err).toContain('Addresses of people are hidden from you');
  const applied = await provisor(['policy', 'apply', file(shown.out), '--yes'], manager);
  expect(applied.code).toBe(1);
  expect(applied.err).toMatch(/line \d+, \/people\/ann\/email: /);
  const requester = { ...env, PROVISOR_KEY: await api.key('rita', ['requester']) };
  expect((await provisor(['policy', 'show'], requester)).code).toBe(4);
});

test('list names the policies that came into force, the newest first', async () => {
  const { out } = await provisor(['policy', 'list', '--limit', '2'], env);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(new RegExp(`^${await inForce()} .* in force$`));
});

test('a file that is not there is a matter of usage, a key without the role one of rights', async () => {
  expect((await provisor(['policy', 'check', join(folder, 'none.yaml')], env)).code).toBe(2);
  const agent = { ...env, PROVISOR_KEY: await api.key('ann', ['agent']) };
  const path = file(stringify(testPolicy));
  expect((await provisor(['policy', 'check', path], agent)).code).toBe(4);
});
