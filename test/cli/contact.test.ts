import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN, SECRET, startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { startMailbox } from '../helpers/mailbox.ts';
import type { Mailbox } from '../helpers/mailbox.ts';
import { provisor } from './support.ts';

let api: TestApi;
let mailbox: Mailbox;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  mailbox = await startMailbox();
  const config = readConfig({ SMTP_URL: mailbox.url });
  api = await startApi(undefined, { channels: createChannels(config, SECRET) });
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: await api.key('ann', ['resolver']) };
});
afterAll(async () => {
  await Promise.all([api.stop(), mailbox.close()]);
});

async function added(address: string): Promise<string> {
  const { code, out } = await provisor(['contact', 'add', 'email', address], env);
  expect([code, out]).toEqual([0, expect.stringContaining('a code was sent to it')]);
  return /^(cm_\w+) /.exec(out)?.[1] ?? '';
}

test('a way to be reached is added, verified with its code, tried, listed and removed', async () => {
  const id = await added('ann@home.example');
  const code = /Code: (\d{6})/.exec(mailbox.mails.at(-1)?.subject ?? '')?.[1] ?? '';
  expect((await provisor(['contact', 'verify', id, code], env)).out).toContain('is verified');
  expect((await provisor(['contact', 'test', id], env)).out).toContain('A test page went to');
  expect((await provisor(['contact', 'list'], env)).out).toMatch(
    new RegExp(`${id} +email +ann@home\\.example +email +since`),
  );
  expect((await provisor(['contact', 'remove', id], env)).out).toBe(`${id} is removed.\n`);
  expect((await provisor(['contact', 'remove', id], env)).code).toBe(3);
});

test('a wrong code, and a second one within a minute, are failures that say what to do', async () => {
  const id = await added('ann@elsewhere.example');
  const wrong = await provisor(['contact', 'verify', id, '000000'], env);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('4 more attempts')]);
  const soon = await provisor(['contact', 'code', id], env);
  expect([soon.code, soon.err]).toEqual([1, expect.stringContaining('ask again in')]);
});

test.each([
  ['contact', 'list'],
  ['contact', 'add', 'email', 'admin@example.org'],
  ['rules', 'show'],
])(
  'a key whose holder is no person of the policy is told so, and how to name one: %s %s',
  async (...command) => {
    const admin = { ...env, PROVISOR_KEY: ADMIN };
    const { code, err } = await provisor(command, admin);
    expect(code).toBe(3);
    expect(err).toContain('The holder of this key, "admin", is no person of the policy.');
    expect(err).toContain('--person');
  },
);

test('an admin sees the ways to reach somebody by their name', async () => {
  const admin = { ...env, PROVISOR_KEY: ADMIN };
  const { code, out } = await provisor(['contact', 'list', '--person', 'bob'], admin);
  expect([code, out]).toEqual([0, expect.stringContaining('bob@example.org')]);
});

test('a kind that is not set up says what to set', async () => {
  const { code, err } = await provisor(['contact', 'add', 'sms', '+491701234567'], env);
  expect([code, err]).toEqual([1, expect.stringContaining('set TWILIO_ACCOUNT_SID')]);
});

test('rules are shown, and replaced from a file', async () => {
  expect((await provisor(['rules', 'show'], env)).out).toContain('all verified methods');
  const file = join(mkdtempSync(join(tmpdir(), 'provisor-rules-')), 'rules.json');
  const rules = { interrupting: [{ method: 'policy-email', after: '0s' }] };
  writeFileSync(file, JSON.stringify(rules));
  expect(JSON.parse((await provisor(['rules', 'set', file], env)).out)).toEqual(rules);
  const stale = await provisor(['rules', 'set', file, '--if-match', '7'], env);
  expect(stale.code).toBe(5);
  const none = await provisor(['rules', 'set', `${file}.none`], env);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('cannot be read')]);
});

test("an admin sees somebody else's", async () => {
  const admin = { ...env, PROVISOR_KEY: `prv_${'a'.repeat(43)}` };
  const { out } = await provisor(['contact', 'list', '--person', 'bob'], admin);
  expect(out).toMatch(/policy-email +email +bob@example\.org +by the policy +verified/);
});
