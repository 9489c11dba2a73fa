import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
  await api.open();
  const number = await api.open({ service: 'wiki' });
  await api.call('POST', `/api/v1/incidents/${number}/acknowledge`, { body: {} });
});
afterAll(() => api.stop());

const report = ['report', 'incidents'];

test('a report is a table for people, with a line a group and the total', async () => {
  const { code, out } = await provisor([...report, '--by', 'service'], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^From \d{4}-\d\d-\d\d \d\d:\d\d to /);
  expect(out).toMatch(/^SERVICE +OPEN NOW/m);
  expect(out).toMatch(/^wiki +1 \(.* 100 % of 1 /m);
  expect(out).toMatch(/^total +2 /m);
});

test('it is JSON or CSV on demand', async () => {
  const json = await provisor([...report, '--json'], env);
  expect(JSON.parse(json.out)).toMatchObject({ by: 'none', total: { opened: 2 } });
  const csv = await provisor([...report, '--by', 'service', '--csv'], env);
  expect(csv.out.split('\r\n').map((line) => line.split(',')[0])).toEqual([
    ...['group', 'shop', 'wiki', ''],
  ]);
});

test('a period that ends before it begins is refused by name', async () => {
  const ran = await provisor([...report, '--from', '2026-03-02', '--to', '2026-03-01'], env);
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain('from');
});
