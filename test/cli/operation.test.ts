import { claimEffect, finishEffect } from '../../db/effects.ts';
import { noteFailure } from '../../db/stalled.ts';
import { ADMIN, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { testDriver } from '../helpers/database.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: ADMIN };
});
afterAll(() => api.stop());

test('stalled records are listed and tried again', async () => {
  const number = await api.open();
  for (let count = 0; count < 5; count += 1) {
    await noteFailure(api.pool, number, 'tick', 'TypeError: x', Date.now());
  }
  expect((await provisor(['operation', 'stalled', 'list'], env)).out).toMatch(
    new RegExp(`${number} +tick +5 .*TypeError: x`),
  );
  const retried = await provisor(['operation', 'stalled', 'retry', number], env);
  expect(retried).toEqual({ code: 0, out: `${number} works again.\n`, err: '' });
  expect((await provisor(['operation', 'stalled', 'retry', 'INC-999'], env)).code).toBe(3);
});

test('a dead letter is listed and sent again by its key, slashes and all; a second time is a conflict', async () => {
  const number = await api.open();
  const key = `${number}/1/0`;
  await claimEffect(api.pool, key, 10, testDriver);
  await finishEffect(api.pool, key, 'dead', Date.now(), 'no such host');
  const listed = await provisor(['operation', 'dead-letters', 'list', '--json'], env);
  expect(JSON.parse(listed.out)).toMatchObject({ items: [{ key, error: 'no such host' }] });
  const sent = await provisor(['operation', 'dead-letters', 'send-again', key], env);
  expect(sent).toEqual({ code: 0, out: `${key} is sent again.\n`, err: '' });
  const again = await provisor(['operation', 'dead-letters', 'send-again', key], env);
  expect([again.code, again.err]).toEqual([5, expect.stringContaining('is pending')]);
});

test('a dead letter is dismissed with a reason, and is on the list no more', async () => {
  const number = await api.open();
  const key = `${number}/1/0`;
  await claimEffect(api.pool, key, 10, testDriver);
  await finishEffect(api.pool, key, 'dead', Date.now(), 'no such host');
  const letters = ['operation', 'dead-letters'];
  expect((await provisor([...letters, 'dismiss', key], env)).code).toBe(2);
  const dismissed = await provisor([...letters, 'dismiss', key, '--reason', 'Moved'], env);
  expect(dismissed).toEqual({ code: 0, out: `${key} is dismissed.\n`, err: '' });
  expect((await provisor([...letters, 'list', '--json'], env)).out).not.toContain(key);
});
