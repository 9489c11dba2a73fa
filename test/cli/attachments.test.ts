import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  folder = mkdtempSync(join(tmpdir(), 'provisor-attach-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.stop();
});

test('a file is attached, listed and saved again', async () => {
  const number = await api.open();
  const file = join(folder, 'trace.log');
  const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
  writeFileSync(file, bytes);
  const added = await provisor(
    ['incident', 'attach', number, file, '--visibility', 'internal', '--json'],
    env,
  );
  expect(added).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(added.out)).toMatchObject({
    ...{ id: 2, name: 'trace.log', mediaType: 'text/plain', size: 6, visibility: 'internal' },
  });
  const list = await provisor(['incident', 'attachments', number], env);
  expect(list.out).toMatch(/^2 +trace\.log +text\/plain +6 +internal +admin /m);
  const copy = join(folder, 'copy');
  const saved = await provisor(['incident', 'attachment', number, '2', '-o', copy], env);
  expect(saved).toMatchObject({ code: 0, out: '' });
  expect(readFileSync(copy)).toEqual(bytes);
});

test('a file that is not there is said by name', async () => {
  const number = await api.open();
  const missing = join(folder, 'missing.png');
  const ran = await provisor(['incident', 'attach', number, missing], env);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toContain(missing);
  const saved = await provisor(
    ['incident', 'attachment', number, '7', '-o', join(folder, 'x')],
    env,
  );
  expect(saved.code).toBe(3);
});

test('a list is narrowed by a text', async () => {
  const number = await api.open({ title: 'Fernschreiber klemmt' });
  const { out } = await provisor(['incident', 'list', '--text', 'fernschr', '--json'], env);
  expect((JSON.parse(out) as { items: { number: string }[] }).items).toEqual([
    expect.objectContaining({ number }),
  ]);
});
