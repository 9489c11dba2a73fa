import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customChannels } from '../../channels/custom.ts';
import { createChannels, notSetUp } from '../../channels/index.ts';
import { send } from '../../channels/send.ts';
import { readConfig } from '../../config.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { docsExample } from '../helpers/docsExample.ts';
import { messageTo } from '../helpers/message.ts';
import { startReceiver } from './receiver.ts';

const pager = docsExample('on-call.md', '### A channel of your own', 'ts');
const secret = 'a secret of at least thirty-two characters';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provisor-channels-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const closing = closeAfterEach();

const load = (files: Record<string, string>, env = {}, allowed = ['127.0.0.0/8']) => {
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  return customChannels({ folder, allowed, publicUrl: 'https://desk.example.org', env });
};

test('each file is a channel, its tests and declarations are none; without a folder there is none', async () => {
  const other = 'test(() => 1)';
  const found = await load({
    'pager.ts': pager,
    'pager.test.ts': other,
    'pager.d.ts': other,
    'notes.md': other,
  });
  expect(Object.keys(found)).toEqual(['custom-pager']);
  rmSync(folder, { recursive: true });
  expect(await load({})).toEqual({});
  folder = mkdtempSync(join(tmpdir(), 'provisor-channels-'));
});

test('one that says what to set counts as not set up, as those that Provisor brings do', async () => {
  const own = await load({ 'pager.ts': pager });
  const all = notSetUp({ ...createChannels(readConfig({}), secret), ...own });
  expect([all.get('custom-pager'), all.has('slack'), all.has('webhook')]).toEqual([
    'set PAGER_URL',
    true,
    false,
  ]);
});

describe('what it posts', () => {
  test.each([
    [200, undefined],
    [500, { retryable: true }],
    [404, { retryable: false, noDelivery: true }],
    [302, { retryable: false }],
  ])('and is answered with %d is judged as for every channel', async (status, fault) => {
    const receiver = await startReceiver((response) => {
      response.statusCode = status;
      response.end();
    });
    closing(receiver);
    const { 'custom-pager': channel } = await load(
      { 'pager.ts': pager },
      { PAGER_URL: receiver.url },
    );
    const sent = await send(channel!, messageTo('5550123'));
    expect(receiver.received).toHaveLength(1);
    expect(sent).toMatchObject(fault ?? { detail: expect.stringContaining('200') as string });
  });

  test('reaches no network that is not allowed', async () => {
    const receiver = await startReceiver();
    closing(receiver);
    const env = { PAGER_URL: receiver.url };
    const { 'custom-pager': channel } = await load({ 'pager.ts': pager }, env, []);
    expect(await send(channel!, messageTo('5550123'))).toMatchObject({ retryable: false });
    expect(receiver.received).toEqual([]);
  });
});

test.each([
  ['a name that no kind can have', { 'Pager.ts': pager }, 'Pager.ts: its name must be'],
  ['nothing for its default', { 'pager.ts': 'export const a = 1;' }, 'pager.ts: must export'],
  ['no "send"', { 'pager.ts': 'export default () => ({});' }, 'pager.ts: must export'],
  [
    'a fault of its own',
    { 'pager.ts': 'export default () => { throw new Error("PAGER_URL is no address"); };' },
    'pager.ts: PAGER_URL is no address',
  ],
  ['the name of another', { 'pager.ts': pager, 'pager.js': pager }, 'a channel "custom-pager"'],
])('a file with %s keeps the installation from starting, by its name', async (_, files, fault) => {
  await expect(load(files)).rejects.toThrow(fault);
});
