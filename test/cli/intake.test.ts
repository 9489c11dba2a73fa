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
