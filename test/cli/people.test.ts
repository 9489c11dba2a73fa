import { desk, makeSchedule, NOON } from '../api/schedulesSupport.ts';
import { startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { usePolicy } from '../helpers/database.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi(() => NOON);
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: await api.key('ann', ['resolver']) };
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, cem: { name: 'Cem' } },
  }));
});
afterAll(() => api.stop());

test('people are listed with what keeps a page from reaching them', async () => {
  const { out } = await provisor(['people', 'list'], env);
  expect(out).toMatch(/^KEY +NAME +TEAMS +REACHABLE\nann +Ann +operations +yes$/m);
  expect(out).toMatch(/^cem +Cem +no: has no contact method: add one, and verify it$/m);
  expect(out).toMatch(/^gone +Gone +no: is not active$/m);
});

test('one is shown with the ways to reach them, and addresses only to themselves and admins', async () => {
  expect((await provisor(['people', 'show', 'ann'], env)).out).toMatch(
    /^ann +Ann .*\n\nMETHOD .*\npolicy-email +email +ann@example\.org /m,
  );
  const bob = await provisor(['people', 'show', 'bob'], env);
  expect(bob.out).toMatch(/^policy-email +email +– /m);
  expect((await provisor(['people', 'show', 'nobody'], env)).code).toBe(3);
});

test('shifts that no page would reach are told, or that there are none', async () => {
  const warnings = async () => (await provisor(['on-call', 'warnings'], env)).out;
  expect(await warnings()).toBe('Every shift of the coming week can be paged.\n');
  await makeSchedule(api, 'desk', { layers: [{ ...desk.layers[0], people: ['ann', 'cem'] }] });
  expect(await warnings()).toMatch(/^2026-06-02 .* desk +Cem +has no contact method: .* –$/m);
});
