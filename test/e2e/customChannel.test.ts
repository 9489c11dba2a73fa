import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyInput } from '../../domain/policy.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { docsExample } from '../helpers/docsExample.ts';
import { startInstallation } from '../helpers/installation.ts';
import type { Installation } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

let pager: Receiver;
let folder: string;
let installation: Installation;

const policy: PolicyInput = {
  ...testPolicy,
  channels: {
    pagers: { kind: 'custom-pager', address: '5550123' },
    horns: { kind: 'custom-horn', address: 'north' },
  },
  escalations: {
    standard: {
      ...testPolicy.escalations.standard,
      steps: [{ to: [{ channel: 'pagers' }], wait: '5m' }],
      catchAll: { to: [{ person: 'ann' }] },
    },
  },
};

beforeAll(async () => {
  pager = await startReceiver();
  folder = mkdtempSync(join(tmpdir(), 'provisor-channels-'));
  writeFileSync(
    join(folder, 'pager.ts'),
    docsExample('on-call.md', '### A channel of your own', 'ts'),
  );
  installation = await startInstallation(policy, {
    PROVISOR_CHANNELS: folder,
    PAGER_URL: pager.url,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
  });
}, 120_000);
afterAll(async () => {
  await installation.stop();
  await pager.close();
  rmSync(folder, { recursive: true });
}, 60_000);

const received = (): { to: string; text: string; reference: string }[] =>
  pager.received.map(({ body }) => JSON.parse(body) as ReturnType<typeof received>[number]);

test('the channel of docs/on-call.md is one file: a page reaches its receiver, under its key, and is in the ledger', async () => {
  const incident = { title: 'Shop is down', service: 'shop', impact: 1, urgency: 1 };
  const { body } = await installation.call<{ number: string }>(
    'POST',
    '/api/v1/incidents',
    incident,
  );
  const path = `/api/v1/notifications?channel=custom-pager&number=${body.number}`;
  const done = await until('its page', async () => {
    const { body: ledger } = await installation.call<{ items: { state: string; key: string }[] }>(
      'GET',
      path,
    );
    return ledger.items.find(({ state }) => state === 'done');
  });
  expect(received()).toEqual([
    { to: '5550123', text: expect.stringContaining('Shop is down') as string, reference: done.key },
  ]);
});

test('it can be tried as every other channel; one whose file is missing says so', async () => {
  const before = pager.received.length;
  const tried = await installation.call('POST', '/api/v1/channels/pagers/test', {});
  expect(tried.body).toMatchObject({ accepted: true });
  expect(pager.received).toHaveLength(before + 1);
  const missing = 'there is no channel "custom-horn": add horn.ts to the folder of channels';
  expect((await installation.call('GET', '/api/v1/channels')).body).toMatchObject({
    items: [
      { name: 'horns', kind: 'custom-horn', unavailable: missing },
      { name: 'pagers', kind: 'custom-pager', unavailable: null },
    ],
  });
});

test.each([
  ['an address that it cannot use', 'custom-pager', '12', '/address', 'must be a number of seven'],
  ['a channel without a file', 'custom-horn', 'north', '/kind', 'there is no channel'],
  ['a kind that nothing can be', 'pager', '5550123', '/kind', 'custom- and the name of one'],
])('%s is refused', async (_, kind, address, pointer, detail) => {
  const method = { kind, address, label: 'mine' };
  const { status, body } = await installation.call<{ errors: unknown }>(
    'POST',
    '/api/v1/people/ann/contact-methods',
    method,
  );
  expect(status).toBe(422);
  expect(body.errors).toMatchObject([
    { pointer, detail: expect.stringContaining(detail) as string },
  ]);
});
