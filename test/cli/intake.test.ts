import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPolicy } from '../../records/policies.ts';
import { testPolicy } from '../helpers/policy.ts';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const run = (args: readonly string[], key = ADMIN) =>
  provisor(args, { PROVISOR_URL: api.url, PROVISOR_KEY: key });

test('what could not be read is listed with its incident and the reason, without control characters', async () => {
  const key = await api.key('prometheus', ['integration']);
  const raw = '{"version": \u001b[31m';
  const { body } = await api.call('POST', '/api/v1/intake/alertmanager', { key, raw });
  const { code, out } = await run(['intake', 'kept']);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`${String(body['number'])} .*it is no JSON`));
  expect(out).not.toContain('\u001b');
});

test('who is no admin is told so, by exit code 4', async () => {
  const key = await api.key('bob', ['agent']);
  expect((await run(['intake', 'kept'], key)).code).toBe(4);
});

describe('a mapping can be tried:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'provisor-mapping-'));
  const file = join(folder, 'body.json');
  beforeAll(async () => {
    const mappings = { kuma: { groupKey: '{/id}', title: '{/name} is down' } };
    await applyPolicy(api.pool, { ...testPolicy, intake: { mappings } }, 'test', Date.now());
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('what would open is shown', async () => {
    writeFileSync(file, '{"id": 7, "name": "Shop"}');
    const { code, out } = await run(['intake', 'try', 'kuma', file]);
    expect(code).toBe(0);
    expect(out).toContain('Group: kuma/7');
    expect(out).toMatch(/Would open: Shop is down\n.*priority 4/);
  });

  test('what could not be read is said, by exit code 1', async () => {
    writeFileSync(file, '{"id": 7}');
    const { code, err } = await run(['intake', 'try', 'kuma', file]);
    expect(code).toBe(1);
    expect(err).toContain('{/name}');
  });

  test('a file that is not there is a matter of usage', async () => {
    expect((await run(['intake', 'try', 'kuma', join(folder, 'none')])).code).toBe(2);
  });
});
