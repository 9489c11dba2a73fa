import { writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
  folder = mkdtempSync(join(tmpdir(), 'provisor-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await api.stop();
});

const say = async (...args: string[]) => {
  const ran = await provisor(args, env);
  expect([args.join(' '), ran.code, ran.err]).toEqual([args.join(' '), 0, expect.anything()]);
  return ran;
};
const sayJson = async (...args: string[]) =>
  JSON.parse((await say(...args, '--json')).out) as Record<string, unknown>;

const made = [
  ...['heartbeat', 'create', '--name', 'Backup', '--service', 'shop', '--every', '1d'],
  ...['--grace', '1h', '--impact', '2', '--urgency', '2'],
];

test('a heartbeat is made, and its address is all that stands on stdout', async () => {
  const { out, err } = await say(...made);
  expect(out).toMatch(/^http\S+\/heartbeats\/[\w-]+\n$/);
  expect(err).toContain('It is shown only now');
  const path = new URL(out.trim()).pathname;
  expect((await fetch(api.url + path)).status).toBe(200);
  expect((await say('heartbeat', 'list')).out).toMatch(/Backup +shop +1d +ok/);
});

test('a heartbeat is changed, paused, resumed and deleted', async () => {
  const { id } = await sayJson(...made);
  const of = String(id);
  expect(await sayJson('heartbeat', 'change', of, '--every', '2h', '--impact', '1')).toMatchObject({
    ...{ name: 'Backup', every: '2h', grace: '1h', impact: 1, urgency: 2 },
  });
  expect((await say('heartbeat', 'pause', of)).out).toContain('paused');
  expect((await say('heartbeat', 'resume', of)).out).toContain('waiting');
  expect((await provisor(['heartbeat', 'delete', of], env)).code).toBe(2);
  expect((await say('heartbeat', 'delete', of, '--yes')).out).toBe(`${of} is deleted.\n`);
  expect((await provisor(['heartbeat', 'show', of], env)).code).toBe(3);
});

test('a renewed token is an address alone on stdout; with 0s the one of before is unknown', async () => {
  const { id, pingUrl } = await sayJson(...made);
  const statusOf = async (url: string) => (await fetch(api.url + new URL(url).pathname)).status;
  const { out } = await say('heartbeat', 'renew-token', String(id), '--former-valid-for', '0s');
  expect(out).toMatch(/^http\S+\/heartbeats\/[\w-]+\n$/);
  expect(await statusOf(out.trim())).toBe(200);
  expect(await statusOf(String(pingUrl))).toBe(404);
});

test('a maintenance window is made, extended and ended', async () => {
  const to = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = await sayJson(
    ...['maintenance', 'create', '--reason', 'Moving', '--service', 'shop,wiki', '--to', to],
  );
  const of = String(id);
  expect((await say('maintenance', 'list', '--state', 'active')).out).toMatch(
    new RegExp(`${of} +active .*shop, wiki +Moving +admin`),
  );
  const later = new Date(Date.now() + 7_200_000).toISOString();
  expect(await sayJson('maintenance', 'end', of, '--at', later)).toMatchObject({
    current: { to: later },
  });
  expect((await say('maintenance', 'end', of)).out).toContain('past');
});

test('a window that recurs is made by a file and changed by it', async () => {
  const file = join(folder, 'window.yaml');
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const definition = (lasts: string) =>
    [
      'reason: Patches',
      'covers: { items: [db-1] }',
      `when: { kind: weekly, timeZone: Europe/Berlin, weekdays: [saturday], time: '22:00', lasts: ${lasts}, from: '${day(2)}', until: '${day(100)}' }`,
    ].join('\n');
  writeFileSync(file, definition('2h'));
  const { id } = await sayJson('maintenance', 'apply', file);
  writeFileSync(file, definition('3h'));
  expect(await sayJson('maintenance', 'apply', file, String(id))).toMatchObject({
    ...{ id, version: 2, state: 'upcoming', definition: { when: { lasts: '3h' } } },
  });
  expect((await say('maintenance', 'delete', String(id), '--yes')).code).toBe(0);
});

test('a window that covers nothing, or everything and something, is a wrong command line', async () => {
  const create = ['maintenance', 'create', '--reason', 'x', '--to', '2099-01-01'];
  expect((await provisor(create, env)).code).toBe(2);
  expect((await provisor([...create, '--all', '--item', 'db-1'], env)).code).toBe(2);
});
