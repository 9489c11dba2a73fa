import { systemActor } from '../../domain/actor.ts';
import { commit } from '../../records/commit.ts';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
let number: string;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
  number = await api.open();
  const request = { actor: systemActor('test', 'main'), now: Date.now() };
  const escalation = `${number}/1/0`;
  const hold = { escalation, by: 'window', id: 'win_1', why: 'service', until: null };
  await commit(api.engine, number, 'holdPages', hold, request);
  const rule = 'escalations.standard.steps.0';
  const page = { escalation, rule, round: 0, people: ['ann', 'bob'] };
  await commit(api.engine, number, 'page', page, request);
});
afterAll(() => api.stop());

const list = ['notification', 'list'];

test('the ledger is a table that says who was paged, what came of it, and why them', async () => {
  const { code, out } = await provisor([...list, '--number', number], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^WHEN +RECORD +WHAT +FOR +BY +RESULT +ANSWERED +WHY$/m);
  expect(out).toMatch(
    new RegExp(
      `${number} +page +ann +email +pending +step 1 of escalation standard, round 1$`,
      'm',
    ),
  );
  expect(out).toMatch(/^Pages held back at .* by window win_1$/m);
});

test('its filters are those of the API, and a time is that of the terminal', async () => {
  const bob = await provisor(
    [...list, '--person', 'bob', '--state', 'pending', '--to', '2100-01-01', '--json'],
    env,
  );
  expect(JSON.parse(bob.out)).toMatchObject({ items: [{ person: 'bob' }], nextCursor: null });
  const none = await provisor([...list, '--to', '2020-01-01 00:00', '--json'], env);
  expect(JSON.parse(none.out)).toMatchObject({ items: [] });
});

test('a filter that is not one is refused by name', async () => {
  const ran = await provisor([...list, '--channel', 'pigeon'], env);
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain('channel');
});

test('the report on on-call is a table with a line a person and the total', async () => {
  const { code, out } = await provisor(['report', 'on-call', '--time-zone', 'Europe/Berlin'], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^PERSON +PAGES +A WEEK +AT NIGHT +WEEKEND +ACKNOWLEDGED/m);
  expect(out).toMatch(/^ann +1 +0\.23 /m);
  expect(out).toMatch(/^total +2 /m);
  const csv = await provisor(['report', 'on-call', '--csv'], env);
  expect(csv.out).toMatch(/^person,pages,/);
});
