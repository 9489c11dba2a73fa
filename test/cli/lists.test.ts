import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
});
afterAll(() => api.stop());

test.each([
  [['incident', 'list'], 'provisor incident open'],
  [['notification', 'list'], 'provisor incident explain'],
  [['maintenance', 'list'], 'provisor maintenance create'],
  [['heartbeat', 'list'], 'provisor heartbeat create'],
  [['audit', 'checkpoints'], 'provisor audit checkpoint'],
  [['operation', 'stalled', 'list'], 'No record keeps failing'],
  [['operation', 'dead-letters', 'list'], 'Nothing was given up'],
  [['intake', 'kept'], 'could be read'],
])('%j of nothing has no data, and says what it means or what to do next', async (args, says) => {
  const { code, out, err } = await provisor(args, env);
  expect([code, out, err]).toEqual([0, '', expect.stringContaining(says)]);
  const asData = await provisor([...args, '--json'], env);
  expect(JSON.parse(asData.out)).toMatchObject({ items: [] });
  expect(asData.err).toBe('');
});

test.each([[['audit', 'list', '--limit', '1']], [['incident', 'list', '--limit', '1']]])(
  '%j says how to see the rest',
  async (args) => {
    await api.open();
    await api.open();
    const { err } = await provisor(args, env);
    const cursor = /There are more: --cursor (\S+)/.exec(err)?.[1] ?? '';
    expect((await provisor([...args, '--cursor', cursor], env)).code).toBe(0);
  },
);
