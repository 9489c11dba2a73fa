import { NOON } from '../api/schedulesSupport.ts';
import { startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi(() => NOON);
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: await api.key('ann', ['resolver']) };
});
afterAll(() => api.stop());

test('escalation policies are listed, and one is shown as the policy has it', async () => {
  const { out } = await provisor(['escalation', 'list'], env);
  expect(out).toMatch(/^ID +PRIORITIES +STEPS +SERVICES\nstandard +1, 2 +2 +shop\n$/);
  const shown = await provisor(['escalation', 'show', 'standard'], env);
  expect(shown.out).toContain('- team: operations');
  expect(shown.err).toMatch(/^Escalation standard of policy \w+, for: shop\.\n$/);
  expect((await provisor(['escalation', 'show', 'none'], env)).code).toBe(3);
});

test('whom one would page is told step by step, with the reason and what follows', async () => {
  const { out } = await provisor(
    ['escalation', 'preview', 'standard', '--at', '2026-06-01T12:00Z'],
    env,
  );
  const lines = out.split('\n');
  expect(lines[1]).toMatch(
    /^2026-06-01 \S+ +step 1 +Ann +step 1 of escalation standard, round 1 +5 min$/,
  );
  expect(lines[3]).toMatch(/^ +Bob +step 2 of escalation standard, round 1$/);
  expect(out).toMatch(/exhausted +the lead of the record's team +30 min\nThen it begins anew/);
  const low = await provisor(['escalation', 'preview', 'standard', '--priority', '4'], env);
  expect(low.out).toBe('Priority 4 pages nobody.\n');
});
