import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { desk, makeSchedule, NOON } from '../api/schedulesSupport.ts';
import { calendar, event, file } from '../helpers/iCalendar.ts';
import { testPolicy } from '../helpers/policy.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
let bob: NodeJS.ProcessEnv;
const folder = mkdtempSync(join(tmpdir(), 'provisor-schedule-'));
beforeAll(async () => {
  api = await startApi(() => NOON);
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
  bob = { ...env, PROVISOR_KEY: await api.key('bob', ['resolver']) };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await api.stop();
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const evening = ['--from', '2026-06-01T18:00Z', '--to', '2026-06-01T20:00Z'];

test('who has no schedule yet reads how to make one, and that works', async () => {
  const { out } = await provisor(['schedule', 'list'], env);
  expect(out).toContain('provisor schedule apply desk desk.yaml');
  const example = out.slice(out.indexOf('  name:'), out.indexOf('and apply it'));
  const path = write('example.yaml', example.replaceAll(/^ {2}/gm, ''));
  const applied = await provisor(['schedule', 'apply', 'example', path], env);
  expect(applied).toEqual({ code: 0, out: 'example is at version 1.\n', err: '' });
  expect((await provisor(['schedule', 'delete', 'example', '--yes'], env)).code).toBe(0);
});

test('apply makes a schedule, changes it, and leaves it as it is', async () => {
  const path = write('desk.yaml', stringify(desk));
  const apply = async () => (await provisor(['schedule', 'apply', 'applied', path], env)).out;
  expect(await apply()).toBe('applied is at version 1.\n');
  expect(await apply()).toBe('applied stands so already, as version 1.\n');
  write('desk.yaml', stringify({ ...desk, name: 'Night desk' }));
  expect(await apply()).toBe('applied is at version 2.\n');
});

test('what show writes can be applied again', async () => {
  const id = await makeSchedule(api, 'shown');
  const shown = await provisor(['schedule', 'show', id], env);
  expect(shown.err).toMatch(/^Schedule shown, version 1, changed .* by admin\.\n$/);
  const path = write('shown.yaml', shown.out);
  expect((await provisor(['schedule', 'apply', id, path], env)).out).toContain('stands so already');
});

test('show tells of gaps and overlaps in the coming weeks, the first ones', async () => {
  const id = await makeSchedule(api, 'ahead', {
    layers: [
      { ...desk.layers[0], restrictions: { monday: ['00:00-24:00'], tuesday: ['00:00-24:00'] } },
    ],
  });
  await provisor(['schedule', 'override', 'add', id, 'bob', ...evening], env);
  const { err } = await provisor(['schedule', 'show', id], env);
  expect(err.match(/^Nobody: /gm)).toHaveLength(4);
  expect(err).toMatch(/^Several: 2026-06-01 .* ann, bob$/m);
});

test('its versions are told, also when it was deleted', async () => {
  const id = await makeSchedule(api, 'versioned');
  await provisor(['schedule', 'delete', id, '--yes'], env);
  const { out } = await provisor(['schedule', 'versions', id], bob);
  expect(out).toMatch(/^VERSION .*\n2 .* admin +deleted\n1 .* admin\n$/);
});

test('a fault is told with its place', async () => {
  const faulty = { ...desk, layers: [{ ...desk.layers[0], people: ['zoe'] }] };
  const path = write('faulty.yaml', stringify(faulty));
  const ran = await provisor(['schedule', 'apply', 'faulty', path], env);
  expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('/layers/0/people/0')]);
  const list = write('list.yaml', '- a\n');
  expect((await provisor(['schedule', 'apply', 'faulty', list], env)).code).toBe(2);
});

test('who is on call is told for one schedule with the reason, and for all', async () => {
  const id = await makeSchedule(api, 'asked');
  const one = await provisor(['schedule', 'on-call', id, '--at', '2026-06-02T13:00Z'], bob);
  expect(one.out).toMatch(/^Bob \(bob\): noon to noon, turn 1\nNext: .* ann\nNext gap: –\n$/);
  const all = await provisor(['on-call', '--person', 'ann'], bob);
  expect(all.out).toMatch(/asked +Service desk +Ann/);
  const nobody = await provisor(['on-call', '--person', 'lea'], bob);
  expect(nobody.out).toContain('Nobody');
  expect((await provisor(['on-call', '--at', 'soon'], bob)).code).toBe(2);
});

test('shifts are told with gaps, fairness by people', async () => {
  const id = await makeSchedule(api, 'shifts', {
    layers: [{ ...desk.layers[0], until: '2026-06-02' }],
  });
  const window = ['--from', '2026-06-01T12:00Z', '--to', '2026-06-03T12:00Z'];
  const { out } = await provisor(['schedule', 'shifts', id, ...window], bob);
  expect(out).toMatch(/ann +noon to noon, turn 0\nNobody: /);
  const fair = await provisor(['schedule', 'fairness', id, ...window], bob);
  expect(fair.out).toMatch(/ann +1 +1 d +1 \(8 h\) +0 \(0 s\)/);
});

test('an override is made, told when it leaves nobody, listed and withdrawn', async () => {
  const id = await makeSchedule(api, 'overridden');
  const made = await provisor(
    ['schedule', 'override', 'remove', id, 'ann', ...evening, '--json'],
    env,
  );
  const { id: override } = JSON.parse(made.out) as { id: string };
  const replaced = await provisor(
    ['schedule', 'override', 'replace', id, 'lea', '--instead-of', 'bob', ...evening],
    env,
  );
  expect([replaced.out, replaced.err]).toEqual([
    expect.stringContaining('lea for bob'),
    expect.stringContaining('Nobody is on call'),
  ]);
  expect((await provisor(['schedule', 'override', 'list', id], env)).out).toContain(override);
  const ended = await provisor(['schedule', 'override', 'withdraw', id, override], env);
  expect(ended.out).toContain('withdrawn');
  const others = await provisor(['schedule', 'override', 'add', id, 'lea', ...evening], bob);
  expect(others.code).toBe(4);
});

test('a swap is asked for, listed with what one may do, and accepted', async () => {
  const id = await makeSchedule(api, 'swapped');
  const ann = { ...env, PROVISOR_KEY: await api.key('ann', ['resolver']) };
  const shift = ['--from', '2026-06-03T12:00Z', '--to', '2026-06-04T12:00Z'];
  const asked = await provisor(['schedule', 'swap', 'ask', id, 'bob', ...shift, '--json'], ann);
  const swap = (JSON.parse(asked.out) as { id: string }).id;
  expect((await provisor(['schedule', 'swap', 'list', id], bob)).out).toContain('accept, decline');
  expect((await provisor(['schedule', 'swap', 'accept', swap], bob)).out).toContain('accepted');
  expect((await provisor(['schedule', 'swap', 'show', swap], ann)).out).toContain('accepted');
  expect((await provisor(['schedule', 'swap', 'decline', swap], bob)).code).toBe(5);
  const half = ['schedule', 'swap', 'ask', id, 'bob', ...shift, '--for-from', '2026-06-04'];
  expect((await provisor(half, ann)).code).toBe(2);
});

test('a calendar is shown, asked for, taken, and taken off', async () => {
  const id = await makeSchedule(api, 'imported', { layers: [] });
  const lines = event('SUMMARY:Ann', 'DTSTART:20260601T140000Z', 'DURATION:PT1H');
  const path = write('shifts.ics', file(calendar(...lines)));
  const run = (...more: string[]) => provisor(['schedule', 'import', id, path, ...more], env);
  expect((await run('--check')).out).toContain('1 shifts from file: ann 1');
  expect((await run()).code).toBe(2);
  const taken = await run('--yes');
  expect([taken.code, taken.out]).toEqual([0, '1 shifts are imported.\n']);
  expect((await provisor(['schedule', 'show', id], env)).err).toContain('Calendar from file');
  expect((await provisor(['schedule', 'remove-import', id], env)).code).toBe(0);
  const missing = await provisor(['schedule', 'import', id, join(folder, 'none.ics')], env);
  expect(missing.code).toBe(2);
});

test('a feed is made, its address is shown once, and it is revoked', async () => {
  const id = await makeSchedule(api, 'fed');
  const made = await provisor(['schedule', 'feed', 'create', id], bob);
  expect(made.out).toMatch(/^https:\/\/desk\.example\.org\/calendars\/[\w-]{43}\.ics\n$/);
  const feed = /feed_\w+/.exec(made.err)?.[0] ?? '';
  expect((await provisor(['schedule', 'feed', 'list', id], bob)).out).toContain(feed);
  expect((await provisor(['schedule', 'feed', 'revoke', feed], bob)).out).toContain('revoked');
  expect((await provisor(['schedule', 'feed', 'create', '--person', 'bob'], bob)).code).toBe(0);
  expect((await provisor(['schedule', 'feed', 'create'], bob)).code).toBe(2);
});

test('policy check warns where a policy names a schedule that is not there', async () => {
  const escalations = {
    standard: {
      ...testPolicy.escalations.standard,
      catchAll: { to: [{ person: 'ann' }, { schedule: 'coming' }] },
    },
  };
  const path = write('policy.yaml', stringify({ ...testPolicy, escalations }));
  const { code, out } = await provisor(['policy', 'check', path], env);
  expect([code, out]).toEqual([
    0,
    expect.stringContaining('Warning: /escalations/standard/catchAll/to/1: there is no schedule'),
  ]);
});
